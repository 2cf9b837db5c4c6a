using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, capa: what the server says that it can do, without TLS.</summary>
public class EastCapa
{
    internal static readonly Peril[] Perils =
    [
        new("CAPA is refused", Ends.NotAnnounced, new() { Capa = "-ERR no such command\r\n" }) { East = "others/capa/capa_err" },
        new("CAPA is refused with [SYS/PERM]", Ends.NotAnnounced,
            new() { Capa = "-ERR [SYS/PERM] out of order for good\r\n" }) { East = "others/capa/capa_err_code_sys_perm" },
        new("everything is announced, STLS among it", End.SignedIn,
            new() { Capa = Impostor.Announces("STLS", "TOP", "USER", "SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256", "RESP-CODES",
                "AUTH-RESP-CODE", "LOGIN-DELAY 900", "PIPELINING", "EXPIRE 60", "UIDL", "UTF8 USER", "IMPLEMENTATION all") })
            { East = "others/capa/capa_ok_all" },
        new("nothing is announced", Ends.NotAnnounced, new() { Capa = Impostor.Announces() }) { East = "others/capa/capa_ok_empty" },
        new("SASL is announced and STLS is not", Ends.NotAnnounced,
            new() { Capa = Impostor.Announces("SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 OAUTHBEARER XOAUTH2") })
            { East = "others/capa/capa_ok_sasl_no_stls" },
        new("CAPA is answered with a challenge", Ends.Nonsense("the answer to CAPA is neither +OK nor -ERR"), new() { Capa = "+ \r\n" }),
        new("the list is cut off", Ends.Nonsense("the server closed the connection while the answer to CAPA was awaited"),
            new() { Capa = "+OK\r\nSTLS\r\n", HangsUpAfter = "CAPA" }),
        new("the list has no end", Ends.Nonsense("the answer to CAPA has more than 512 lines"),
            new() { Capa = "+OK\r\n" + string.Concat(Enumerable.Repeat("STLS\r\n", 600)) }),
        new("a line of the list has no end", Ends.Nonsense("the answer to CAPA has a line of more than 8192 octets"),
            new() { Capa = "+OK\r\nSTLS" + new string(' ', 20000) }),
        new("the server is gone after CAPA", Ends.Nonsense("the server closed the connection while the answer to CAPA was awaited"),
            new() { Capa = "", HangsUpAfter = "CAPA" }),
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
