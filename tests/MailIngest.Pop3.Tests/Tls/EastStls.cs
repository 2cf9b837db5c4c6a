using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, stls: what is said to STLS, and done.</summary>
public class EastStls
{
    internal static readonly Peril[] Perils =
    [
        new("STLS is refused", Ends.StlsRefused,
            new() { Stls = "-ERR no such command\r\n" }) { East = "others/stls/greeting_ok_capa_ok_stls_err" },
        new("STLS is refused with [SYS/PERM]", Ends.StlsRefused,
            new() { Stls = "-ERR [sys/perm] out of order for good\r\n" }) { East = "others/stls/greeting_ok_capa_ok_stls_err_sys_perm" },
        new("STLS is answered +OK, and the conversation goes on in the clear", Ends.NoHandshake,
            new() { InPlaceOfTls = "-ERR no such command\r\n" }) { East = "others/stls/greeting_ok_capa_ok_stls_ok" },
        new("STLS is answered +OK [SYS/PERM], and the conversation goes on in the clear", Ends.NoHandshake,
            new() { Stls = "+OK [sys/perm] out of order for good\r\n", InPlaceOfTls = "-ERR no such command\r\n" })
            { East = "others/stls/greeting_ok_capa_ok_stls_ok_sys_perm" },
        new("STLS is refused because TLS is said to be active", Ends.StlsRefused, new() { Stls = "-ERR TLS is active already\r\n" }),
        new("STLS is refused with [SYS/TEMP]", Ends.StlsRefused, new() { Stls = "-ERR [SYS/TEMP] no entropy\r\n" }),
        new("STLS is refused because the user is said to be signed in", Ends.StlsRefused,
            new() { Stls = "-ERR only in the AUTHORIZATION state\r\n" }),
        new("STLS is answered with a challenge", Ends.Nonsense("the answer to STLS is neither +OK nor -ERR"), new() { Stls = "+ \r\n" }),
        new("STLS is answered +OKAY", Ends.Nonsense("the answer to STLS is neither +OK nor -ERR"), new() { Stls = "+OKAY\r\n" }),
        new("STLS is answered with an empty line", Ends.Nonsense("the answer to STLS is an empty line"), new() { Stls = "\r\n" }),
        new("the answer to STLS ends in LF alone", Ends.Nonsense("the answer to STLS has a line that ends in LF alone"),
            new() { Stls = "+OK Begin\n" }),
        new("the answer to STLS has no end", Ends.Nonsense("the answer to STLS has a line of more than 8192 octets"),
            new() { Stls = "+OK " + new string('x', 20000) }),
        new("the answer to STLS would colour a terminal", Ends.StlsRefused, new() { Stls = "-ERR \u001b[2J\u00e2\u0080\u00aetxt\r\n" }),
        new("the server is gone in place of an answer to STLS",
            Ends.Nonsense("the server closed the connection while the answer to STLS was awaited"),
            new() { Stls = "", HangsUpAfter = "STLS" }),
        new("STLS is answered +OK, and a whole sign-in is offered in the clear", Ends.NoHandshake,
            new() { InPlaceOfTls = "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n+OK\r\n+OK\r\n" }),
        new("STLS is answered +OK, and the server is gone", Ends.NoHandshake, new() { InPlaceOfTls = "" }),
        new("STLS is answered +OK, and nothing more is said",
            End.Of<TimeoutException>("no connection, protection and greeting within 30 s"),
            new() { Silence = new() }),
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
