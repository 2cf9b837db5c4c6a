using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, Negotiation and setup: whether there is TLS at all.</summary>
public class EastNegotiation
{
    internal static readonly Peril[] Perils =
    [
        new("STLS is not announced and would be refused", Ends.NotAnnounced,
            new() { Capa = Impostor.Announces("TOP", "USER", "SASL CRAM-MD5 KERBEROS_V4", "UIDL"), Stls = "-ERR not supported.\r\n" })
            { East = "Negotiation/O_1" },
        new("STLS is announced and refused", Ends.StlsRefused,
            new() { Stls = "-ERR not on this host\r\n" }) { East = "Negotiation/O_2" },
        new("CAPA is not known and STLS would be refused", Ends.NotAnnounced,
            new() { Capa = "-ERR unknown command\r\n", Stls = "-ERR not on this host\r\n" }) { East = "Negotiation/O_3" },
        new("STLS is announced after USER, PLAIN and a timestamp", End.SignedIn,
            new()
            {
                Greeting = $"+OK ready. {Peril.Timestamp}\r\n",
                Capa = Impostor.Announces("USER", "SASL PLAIN", "STLS"),
                CapaInside = Impostor.Announces("USER", "SASL PLAIN"),
            })
            { East = "Negotiation/O_4" },
        new("USER is announced only after STLS", End.SignedIn,
            new() { Capa = Impostor.Announces("STLS", "TOP", "RESP-CODES", "LOGIN-DELAY 900", "PIPELINING", "EXPIRE 60", "UIDL") })
            { East = "setup" },
        new("USER is announced before STLS", End.SignedIn,
            new() { Capa = Impostor.Announces("STLS", "TOP", "USER", "RESP-CODES", "LOGIN-DELAY 900", "PIPELINING", "UIDL") })
            { East = "setup_opportunistic_encryption" },
        new("STLS is announced in lower case", End.SignedIn, new() { Capa = Impostor.Announces("stls") }),
        new("STLS is the name of the software only", Ends.NotAnnounced, new() { Capa = Impostor.Announces("USER", "IMPLEMENTATION STLS") }),
        new("STLS is named as a SASL mechanism only", Ends.NotAnnounced, new() { Capa = Impostor.Announces("USER", "SASL STLS PLAIN") }),
        new("STLS has another letter in front of it", Ends.NotAnnounced, new() { Capa = Impostor.Announces("USER", "XSTLS") }),
        new("STLS is announced after the end of the list", Ends.NotAnnounced, new() { Capa = Impostor.Announces("USER") + "STLS\r\n" }),
        new("what was announced before STLS is taken back under TLS", End.SignedIn,
            new() { Capa = Impostor.Announces("STLS", "USER", "SASL PLAIN", "UTF8", "PIPELINING"), CapaInside = "-ERR what?\r\n" }),
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
