using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, quit: what becomes of a session that is refused. It is ended without QUIT, so no answer to that can matter.</summary>
public class EastQuit
{
    internal static readonly Peril[] Perils =
    [
        new("the greeting is -ERR, and QUIT would be refused", Ends.Refused,
            new() { Greeting = "-ERR not ready\r\n", Quit = "-ERR no such command\r\n" }) { East = "others/quit/greeting_err_quit_err" },
        new("the greeting is -ERR, and QUIT would be answered +OK", Ends.Refused,
            new() { Greeting = "-ERR not ready\r\n" }) { East = "others/quit/greeting_err_quit_ok" },
        new("STLS is refused, and QUIT would be", Ends.StlsRefused,
            new() { Stls = "-ERR no such command\r\n", Quit = "-ERR no such command\r\n" })
            { East = "others/quit/greeting_ok_capa_stls_stls_err_quit_err" },
        new("STLS is refused, and QUIT would be answered +OK", Ends.StlsRefused,
            new() { Stls = "-ERR no such command\r\n" }) { East = "others/quit/greeting_ok_capa_stls_stls_err_quit_ok" },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
