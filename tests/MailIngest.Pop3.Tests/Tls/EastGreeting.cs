using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, greeting: no first line of a server makes the client careless.</summary>
public class EastGreeting
{
    internal static readonly Peril[] Perils =
    [
        new("the greeting is -ERR", Ends.Refused,
            new() { Greeting = "-ERR POP3 server not ready.\r\n", Capa = Impostor.Announces("USER") }) { East = "others/greeting/err" },
        new("the greeting is -ERR and would colour a terminal", End.Of<Pop3RefusedException>(@"refused: -ERR \x1b[7mwarning\x1b[0m"),
            new() { Greeting = "-ERR \u001b[7mwarning\u001b[0m server.\r\n", Capa = Impostor.Announces("USER") })
            { East = "others/greeting/err_escape" },
        new("the greeting is -ERR [SYS/PERM]", End.Of<Pop3RefusedException>("refused: -ERR [sys/perm] broken"),
            new() { Greeting = "-ERR [sys/perm] broken\r\n", Capa = Impostor.Announces("USER") }) { East = "others/greeting/err_sys_perm" },
        new("the greeting is -ERR [SYS/TEMP]", End.Of<Pop3RefusedException>("refused: -ERR [sys/temp] later"),
            new() { Greeting = "-ERR [sys/temp] later\r\n", Capa = Impostor.Announces("USER") }) { East = "others/greeting/err_sys_temp" },
        new("the greeting is -ERR with a timestamp for APOP", Ends.Refused,
            new() { Greeting = $"-ERR not ready. {Peril.Timestamp}\r\n", Capa = Impostor.Announces("USER") })
            { East = "others/greeting/err_timestamp" },
        new("the greeting is +OK and STLS is announced", End.SignedIn, new()) { East = "others/greeting/greeting_1" },
        new("the greeting is -ERR although STLS would be announced", Ends.Refused,
            new() { Greeting = "-ERR POP3 server ready.\r\n" }) { East = "others/greeting/greeting_2" },
        new("the greeting is +OK and there is no STLS", Ends.NotAnnounced,
            new() { Capa = Impostor.Announces("USER") }) { East = "others/greeting/ok" },
        new("the greeting is +OK and would colour a terminal", Ends.NotAnnounced,
            new() { Greeting = "+OK \u001b[7mwarning\u001b[0m ready.\r\n", Capa = Impostor.Announces("USER") })
            { East = "others/greeting/ok_escape" },
        new("the greeting is +OK [SYS/PERM]", Ends.NotAnnounced,
            new() { Greeting = "+OK [sys/perm] broken\r\n", Capa = Impostor.Announces("USER") }) { East = "others/greeting/ok_sys_perm" },
        new("the greeting is +OK [SYS/TEMP]", Ends.NotAnnounced,
            new() { Greeting = "+OK [sys/temp] later\r\n", Capa = Impostor.Announces("USER") }) { East = "others/greeting/ok_sys_temp" },
        new("the greeting is +OK with a timestamp for APOP", Ends.NotAnnounced,
            new() { Greeting = $"+OK ready. {Peril.Timestamp}\r\n", Capa = Impostor.Announces("USER") })
            { East = "others/greeting/ok_timestamp" },
        new("the greeting says that the user is signed in already", Ends.NotAnnounced,
            new() { Greeting = "+OK PREAUTH maildrop of mrose is open\r\n", Capa = Impostor.Announces("USER") }),
        new("the greeting is that of IMAP with PREAUTH", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"* PREAUTH"),
            new() { Greeting = "* PREAUTH ready\r\n" }),
        new("the greeting is that of SMTP", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"220"),
            new() { Greeting = "220 mail ESMTP\r\n" }),
        new("the greeting is that of a web server", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"HTTP/1.1 400"),
            new() { Greeting = "HTTP/1.1 400 Bad Request\r\n\r\n" }),
        new("the greeting is empty", Ends.Nonsense("the greeting is an empty line"), new() { Greeting = "\r\n" }),
        new("the greeting is in lower case", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"+ok"),
            new() { Greeting = "+ok ready\r\n" }),
        new("the greeting is a challenge", Ends.Nonsense("the greeting is neither +OK nor -ERR but \"+ "),
            new() { Greeting = "+ cGFzc3dvcmQ6\r\n" }),
        new("the greeting ends in LF alone", Ends.Nonsense("the greeting has a line that ends in LF alone"),
            new() { Greeting = "+OK ready\n" }),
        new("the greeting has no end", Ends.Nonsense("the greeting has a line of more than 8192 octets"),
            new() { Greeting = "+OK " + new string('x', 20000) }),
        new("the greeting does not come", Ends.Nonsense("the server closed the connection while the greeting was awaited"),
            new() { Greeting = "", HangsUpAfter = "" }),
        new("there are two greetings", Ends.Nonsense("said \"+OK again\\r\\n\" before CAPA was sent"),
            new() { Greeting = "+OK ready\r\n+OK again\r\n" }),
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
