using System.Text;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 1939 §3, RFC 2449 §4: lines of commands, cut anywhere.</summary>
public sealed class CommandReaderTests
{
    const int Limit = 10;

    [Theory]
    [InlineData("12345678\r\nNOOP\r\n", "12345678", "NOOP")]
    [InlineData("123456789\r\nNOOP\r\n", null, "NOOP")]
    [InlineData("1234567\r\r\r\r\r\r\nNOOP\r\n", null, "NOOP")]
    [InlineData("123456789012345678901234567890\r\rx\r\nNOOP\r\n", null, "NOOP")]
    [InlineData("\r\nNOOP\r\n", "", "NOOP")]
    public async Task A_line_is_the_same_wherever_it_is_cut(string sent, string? first, string second)
    {
        for (var one = 0; one <= sent.Length; one++)
            for (var two = one; two <= sent.Length; two++)
                Assert.Equal([first, second], await LinesAsync(sent[..one], sent[one..two], sent[two..]));
    }

    static async Task<string?[]> LinesAsync(params string[] parts)
    {
        var chunks = new Queue<string>(parts.Where(part => part.Length > 0));
        var reader = new CommandReader((room, _) =>
        {
            var octets = chunks.TryDequeue(out var chunk) ? Encoding.ASCII.GetBytes(chunk) : [];
            octets.CopyTo(room);
            return new(octets.Length);
        }, takesBareLineFeeds: false);
        var lines = new List<string?>();
        while (true)
        {
            while (reader.TryTake(Limit, out var line)) lines.Add(line.IsTooLong ? null : Encoding.ASCII.GetString(line.Octets.Span));
            if (!await reader.FillAsync(default)) return [.. lines];
        }
    }
}
