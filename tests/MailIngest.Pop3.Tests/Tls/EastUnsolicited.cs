using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, unsolicited: answers to what nobody asked.</summary>
public class EastUnsolicited
{
    internal static readonly Peril[] Perils =
    [
        new("a list of messages comes with the greeting", Ends.Nonsense("before CAPA was sent"),
            new() { Greeting = "+OK 2 messages (320 octets)\r\n1 120\r\n2 200\r\n.\r\n" })
            { East = "others/unsolicited/multi_line_scan_listing" },
        new("a list of unique-ids comes with the capabilities", Ends.Nonsense("before STLS was sent"),
            new() { Capa = Impostor.Announces("STLS") + "1 whqtswO00WBw418f9t5JxYwZ\r\n.\r\n" }),
        new("an error comes with the capabilities", Ends.Nonsense("said \"-ERR idle for too long\\r\\n\" before STLS was sent"),
            new() { Capa = Impostor.Announces("STLS") + "-ERR idle for too long\r\n" }),
        new("a message comes with the capabilities", Ends.Nonsense("before STLS was sent"),
            new() { Capa = Impostor.Announces("STLS") + "+OK 120 octets\r\nSubject: fake\r\n\r\n.\r\n" }),
        new("a list of messages comes under TLS with the greeting", Ends.Nonsense("before CAPA was sent"),
            new() { Greeting = "+OK 2 messages (320 octets)\r\n1 120\r\n2 200\r\n.\r\n" }) { Mode = TlsMode.Implicit },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);
}
