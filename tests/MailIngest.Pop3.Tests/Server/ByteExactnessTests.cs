using System.Globalization;
using System.Text;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Line ends and byte-stuffing, exhausted: every string of up to seven octets over the ones that matter, split at every
/// position.</summary>
public sealed class ByteExactnessTests : ServerTest
{
    [Fact, Trait("Obligation", "9")]
    public async Task Byte_stuffing_agrees_with_the_obvious_way_for_every_string_and_every_split()
    {
        foreach (var text in Strings(7))
        {
            var expected = string.Concat(text.Split("\r\n").Select((line, i) =>
                (i > 0 ? "\r\n" : "") + (line.StartsWith('.') ? "." : "") + line));
            for (var split = 0; split <= text.Length; split++)
            {
                var written = new StringBuilder();
                var answer = new AnswerWriter((octets, _) =>
                {
                    written.Append(Encoding.Latin1.GetString(octets.Span));
                    return ValueTask.CompletedTask;
                });
                var stuffing = new DotStuffing(stuffsFirstOctet: true);
                stuffing.Write(Encoding.Latin1.GetBytes(text[..split]), answer);
                stuffing.Write(Encoding.Latin1.GetBytes(text[split..]), answer);
                await answer.FlushAsync(default);
                if (written.ToString() != expected)
                    Assert.Fail($"{Shown(text)} split at {split}: {Shown(written.ToString())}, expected {Shown(expected)}");
            }
        }
    }

    [Fact, Trait("Obligation", "22")]
    public void Line_ends_agree_with_the_obvious_way_for_every_string_and_every_size_of_reads()
    {
        foreach (var text in Strings(6))
        {
            var expected = Obvious(text);
            for (var size = 1; size <= 4; size++)
            {
                using var lines = new MessageLines(new MemoryStream(Encoding.Latin1.GetBytes(text)));
                var read = new StringBuilder();
                var chunk = new byte[size];
                while (lines.Read(chunk) is var octets && octets > 0)
                    read.Append(Encoding.Latin1.GetString(chunk, 0, octets));
                if (read.ToString() != expected)
                    Assert.Fail($"{Shown(text)} read by {size}: {Shown(read.ToString())}, expected {Shown(expected)}");
            }
        }
    }

    [Theory, Trait("Obligation", "22")]
    [InlineData("NULs and 8-bit: \0\0\n\0\n\u0080\u00ff\n")]
    [InlineData("a\rb\r\rc\n")]
    [InlineData("a\r\r\nb\n")]
    [InlineData("q\r\n.\r.\r\n..\n")]
    [InlineData("+OK\n-ERR x\n.\n+OK 5 octets\nQUIT\n")]
    [InlineData("before\r\n.\r\nafter\r\n")]
    [InlineData(".")]
    [InlineData("x\n.")]
    [InlineData("\r\n.\r\n")]
    public async Task A_nasty_message_arrives_as_stored_but_for_its_line_ends(string stored)
    {
        Maildrop.Add(Encoding.Latin1.GetBytes(stored));
        var client = await SignInAsync();
        var expected = Obvious(stored);
        Assert.Equal($"+OK 1 {expected.Length.ToString(CultureInfo.InvariantCulture)}", await client.AskAsync("LIST 1"));
        Assert.Equal(expected, Unstuffed((await client.AskBlockAsync("RETR 1")).Block));
    }

    [Fact]
    public async Task Long_lines_many_dots_and_dots_at_buffer_borders_arrive_intact()
    {
        string[] bodies =
        [
            new string('x', 300_000) + "\n",
            string.Concat(Enumerable.Repeat(".\n", 50_000)),
            string.Concat(Enumerable.Range(1, 40).Select(n => new string('y', 4096 - 1 - (n % 3)) + "\n.\n")),
            string.Concat(Enumerable.Range(0, 70_000).Select(n => n % 5 == 0 ? "\r\n." : n % 7 == 0 ? "\n" : "z")),
        ];
        foreach (var body in bodies)
            Maildrop.Add(Encoding.Latin1.GetBytes(body));
        var client = await SignInAsync();
        for (var i = 0; i < bodies.Length; i++)
            Assert.True(Obvious(bodies[i]) == Unstuffed((await client.AskBlockAsync($"RETR {i + 1}")).Block), $"body {i}");
    }

    static IEnumerable<string> Strings(int longest)
    {
        var strings = new List<string> { "" };
        for (var length = 0; length <= longest; length++)
        {
            foreach (var text in strings)
                yield return text;
            strings = [.. strings.SelectMany(text => "a.\r\n".Select(octet => text + octet))];
        }
    }

    /// <summary>Every LF not preceded by CR becomes CRLF; a final CRLF where the last octet is no LF.</summary>
    static string Obvious(string stored)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < stored.Length; i++)
            lines.Append(stored[i] == '\n' && (i == 0 || stored[i - 1] != '\r') ? "\r\n" : stored[i].ToString());
        return lines + (stored.EndsWith('\n') ? "" : "\r\n");
    }

    static string Unstuffed(string block)
    {
        Assert.EndsWith("\r\n.\r\n", "\r\n" + block);
        return string.Concat(block[..^3].Split("\r\n")[..^1].Select(line => (line.StartsWith('.') ? line[1..] : line) + "\r\n"));
    }

    static string Shown(string text) =>
        '"' + text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + '"';
}
