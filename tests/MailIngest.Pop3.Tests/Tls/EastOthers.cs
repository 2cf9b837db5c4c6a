using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, what stands beside its groups.</summary>
public class EastOthers
{
    internal static readonly Peril[] Perils =
    [
        new("a timestamp invites to APOP, and STLS is refused", Ends.StlsRefused,
            new() { Greeting = $"+OK ready. {Peril.Timestamp}\r\n", Stls = "-ERR not on this host\r\n" })
            { East = "others/P_1-unfinished" },
        new("no answer begins with +OK", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"+Hello, mail here\""),
            new()
            {
                Greeting = "+Hello, mail here\r\n",
                Capa = Impostor.Announces("+MAYBE", "STLS"),
                Stls = "+Go ahead\r\n",
            })
            { East = "others/X_1-unfinished" },
        new("every mechanism that was ever heard of is announced, and STLS is not", Ends.NotAnnounced,
            new()
            {
                Capa = Impostor.Announces("SASL ANONYMOUS APOP AUTH=CRAM-MD5 CRAM-MD5 CRAM-SHA256 DIGEST-MD5 EXTERNAL GSSAPI LOGIN NTLM"
                    + " OAUTHBEARER OTP PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SKEY TOKEN USER XOAUTH2"),
                Stls = "-ERR not on this host\r\n",
            })
            { East = "others/X_1" },
        new("the greeting is +OK with the code of a maildrop in use", End.SignedIn,
            new() { Greeting = "+OK [in-use] POP3 server ready.\r\n" }) { East = "others/code" },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
