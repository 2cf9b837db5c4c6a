using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, auth: a server that does not know CAPA, asked in the old way.</summary>
public class EastAuth
{
    internal static readonly Peril[] Perils =
    [
        new("CAPA and AUTH are refused", Ends.NotAnnounced,
            new() { Capa = "-ERR no such command\r\n", Auth = "-ERR no such command\r\n" }) { East = "others/auth/capa_err_auth_err" },
        new("CAPA is refused and AUTH would list every mechanism", Ends.NotAnnounced,
            new() { Capa = "-ERR no such command\r\n", Auth = "+OK\r\nSASL PLAIN\r\nPLAIN\r\nLOGIN\r\nAPOP\r\nCRAM-MD5\r\n.\r\n" })
            { East = "others/auth/capa_err_auth_ok_all" },
        new("CAPA is refused and AUTH would list none", Ends.NotAnnounced,
            new() { Capa = "-ERR no such command\r\n", Auth = "+OK\r\n.\r\n" }) { East = "others/auth/capa_err_auth_ok_empty" },
        new("CAPA is refused and QUIT would be, with [SYS/PERM]", Ends.NotAnnounced,
            new() { Capa = "-ERR no such command\r\n", Quit = "-ERR [sys/perm] out of order for good\r\n" })
            { East = "others/auth/capa_err_quit_err_sys_perm" },
        new("CAPA is refused and QUIT would be answered +OK [SYS/PERM]", Ends.NotAnnounced,
            new() { Capa = "-ERR no such command\r\n", Quit = "+OK [sys/perm] out of order for good\r\n" })
            { East = "others/auth/capa_err_quit_ok_sys_perm" },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
