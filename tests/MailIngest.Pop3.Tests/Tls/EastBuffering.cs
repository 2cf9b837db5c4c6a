using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>EAST, Buffering: octets from before TLS must not be read as if they came under it.</summary>
public class EastBuffering
{
    static readonly End Tampered = End.Of<Pop3TlsException>("");

    const string InTwo = "+OK Begin\r\n+OK\r\nPLAIN\r\n.\r\n";

    internal static readonly Peril[] Perils =
    [
        new("answers follow the answer to STLS in its segment", Ends.Injected,
            new() { Stls = "+OK Begin\r\n+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n" }) { East = "Buffering/B_1" },
        new("nonsense without an end follows the answer to STLS in its segment", Ends.Injected,
            new() { Stls = "+OK Begin\r\n\xff\xfe no end" }) { East = "Buffering/B_2" },
        new("a list of capabilities follows the answer to STLS in its segment", Ends.Injected,
            new() { Stls = "+OK Begin\r\n" + Impostor.Announces("SASL PLAIN", "PIPELINING") }),
        new("one octet follows the answer to STLS", Ends.Injected, new() { Stls = "+OK Begin\r\n+" }),
        new("an empty line follows the answer to STLS", Ends.Injected, new() { Stls = "+OK Begin\r\n\r\n" }),
        new("NUL follows the answer to STLS", Ends.Injected, new() { Stls = "+OK Begin\r\n\0" }),
        new("a terminal is to be coloured by what follows the answer to STLS", Ends.Injected,
            new() { Stls = "+OK Begin\r\n\x1b[31mred\r\n" }),
        new("a TLS alert follows the answer to STLS", Ends.Injected, new() { Stls = "+OK Begin\r\n\x15\x03\x03\0\x02\x01\0" }),
        new("64 KiB of answers follow the answer to STLS", Ends.Injected,
            new() { Stls = "+OK Begin\r\n" + string.Concat(Enumerable.Repeat("+OK fake\r\n", 6500)) }),
        new("the answer to STLS comes with that to CAPA", Ends.Nonsense("said \"+OK Begin\\r\\n\" before STLS was sent"),
            new() { Capa = Impostor.Announces("STLS") + "+OK Begin\r\n" }),
        new("the answer to STLS and more come with that to CAPA", Ends.Nonsense("before STLS was sent"),
            new() { Capa = Impostor.Announces("STLS") + "+OK Begin\r\n+OK\r\n.\r\n" }),
        new("the greeting is followed by all answers at once", Ends.Nonsense("before CAPA was sent"),
            new() { Greeting = "+OK ready\r\n" + Impostor.Announces("STLS") + "+OK Begin\r\n" }),
        new("a line is injected under TLS after the greeting", Ends.Nonsense("before CAPA was sent"),
            new() { Greeting = "+OK ready\r\n+OK\r\n" }) { Mode = TlsMode.Implicit },
        new("a line is injected under TLS after the capabilities", Ends.Nonsense("said \"+OK injected\\r\\n\" before"),
            new() { CapaInside = Impostor.Announces("USER") + "+OK injected\r\n" }) { Mode = TlsMode.Implicit },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);

    /// <summary>Where the segments are cut depends on the network, and on whoever injects.</summary>
    [Fact]
    public async Task Nothing_is_given_away_wherever_the_injected_answers_are_cut()
    {
        for (var cut = 1; cut < InTwo.Length; cut++)
            await new Peril($"the cut is after octet {cut}", Tampered, new() { Stls = InTwo, StlsCut = cut }).MeetAsync();
        await new Peril("each octet is a segment", Tampered, new() { Stls = InTwo, Dribbles = true }).MeetAsync();
    }
}
