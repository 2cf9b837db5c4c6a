using System.Text;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 1939 §3, exhausted: every short string, every split, against a reader that is obviously right.</summary>
public class MessageStreamTests
{
    const int Longest = 8;

    [Fact, Trait("Obligation", "12")]
    public void Every_string_split_anywhere_is_read_as_the_reference_reads_it()
    {
        var answer = new byte[Longest + 5];
        for (var length = 0; length <= Longest; length++)
            for (var code = 0; code < 1 << (2 * length); code++)
            {
                var octets = Write(answer, length, code);
                var (text, used) = Reference(octets);
                for (var split = 0; split <= octets.Length; split++) Check(octets, split, text, used);
            }
    }

    [Fact, Trait("Obligation", "12")]
    public void Every_string_is_read_the_same_octet_by_octet_and_into_one_octet()
    {
        var answer = new byte[Longest + 5];
        for (var length = 0; length <= Longest - 1; length++)
            for (var code = 0; code < 1 << (2 * length); code++)
            {
                var octets = Write(answer, length, code);
                var (text, used) = Reference(octets);
                CheckSmall(octets, 1, octets.Length, text, used);
                CheckSmall(octets, octets.Length, 1, text, used);
                CheckSmall(octets, 3, 2, text, used);
            }
    }

    /// <summary>Takes the answer line by line, a line being what ends in CRLF: slow, and plain to see.</summary>
    static (byte[] Text, int Used) Reference(ReadOnlySpan<byte> octets)
    {
        var text = new List<byte>();
        var line = new List<byte>();
        for (var at = 0; at < octets.Length; at++)
        {
            line.Add(octets[at]);
            if (line is not [.., (byte)'\r', (byte)'\n']) continue;
            if (line is [(byte)'.', (byte)'\r', (byte)'\n']) return ([.. text], at + 1);
            text.AddRange(line[0] == '.' ? line[1..] : line);
            line.Clear();
        }
        throw new InvalidOperationException("The answer has no end.");
    }

    /// <summary>The string of a number, then an end that no string can spoil, then an octet of the next answer.</summary>
    static ReadOnlySpan<byte> Write(byte[] answer, int length, int code)
    {
        for (var at = 0; at < length; at++) answer[at] = "a.\r\n"u8[(code >> (2 * at)) & 3];
        "\r\n.\r\n"u8.CopyTo(answer.AsSpan(length));
        return answer.AsSpan(0, length + 5);
    }

    static void Check(ReadOnlySpan<byte> octets, int split, byte[] text, int used)
    {
        Span<byte> read = stackalloc byte[64];
        var unstuffer = new DotUnstuffer();
        unstuffer.Decode(octets[..split], read, out var consumed, out var written);
        var (first, firstWritten) = (consumed, written);
        if (!unstuffer.Ended)
        {
            unstuffer.Decode(octets[split..], read[firstWritten..], out consumed, out written);
            first += consumed;
            firstWritten += written;
        }
        if (!unstuffer.Ended || first != used || !read[..firstWritten].SequenceEqual(text)) Fail(octets, $"split at {split}");
    }

    static void CheckSmall(ReadOnlySpan<byte> octets, int chunk, int room, byte[] text, int used)
    {
        Span<byte> read = stackalloc byte[64];
        var unstuffer = new DotUnstuffer();
        var (from, to) = (0, 0);
        for (var turns = 0; !unstuffer.Ended && turns < 100; turns++)
        {
            var source = octets.Slice(from, Math.Min(chunk, octets.Length - from));
            unstuffer.Decode(source, read.Slice(to, Math.Min(room, 64 - to)), out var consumed, out var written);
            from += consumed;
            to += written;
        }
        if (!unstuffer.Ended || from != used || !read[..to].SequenceEqual(text)) Fail(octets, $"chunks of {chunk} into {room}");
    }

    static void Fail(ReadOnlySpan<byte> octets, string how) => Assert.Fail($"{HostileText.Escape(Encoding.Latin1.GetString(octets))}, {how}");
}
