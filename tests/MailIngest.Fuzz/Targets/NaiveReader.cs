namespace MailIngest.Fuzz.Targets;

/// <summary>RFC 1939 as slowly and plainly as it can be written: the reference that the fast code is held to.</summary>
static class NaiveReader
{
    /// <summary>
    /// A multi-line answer after its status line: the text without byte-stuffing, and the octets up to the end of the answer.
    /// </summary>
    /// <remarks>Of a line that is not over yet everything counts that cannot be the beginning of the last line.</remarks>
    public static (List<byte> Text, int? End) Read(ReadOnlySpan<byte> wire)
    {
        var text = new List<byte>();
        var at = 0;
        while (true)
        {
            var length = wire[at..].IndexOf("\r\n"u8);
            var line = length < 0 ? wire[at..] : wire.Slice(at, length);
            if (length >= 0 && line.SequenceEqual("."u8)) return (text, at + 3);
            if (length < 0 && (line.SequenceEqual("."u8) || line.SequenceEqual(".\r"u8))) return (text, null);
            text.AddRange(line is [(byte)'.', ..] ? line[1..] : line);
            if (length < 0) return (text, null);
            text.AddRange("\r\n"u8);
            at += length + 2;
        }
    }

    /// <summary>What is stored as what RETR transmits: every LF after a CR, and a last line that ends.</summary>
    public static List<byte> Lines(ReadOnlySpan<byte> stored)
    {
        var lines = new List<byte>();
        foreach (var octet in stored)
        {
            if (octet == '\n' && lines is not [.., (byte)'\r']) lines.Add((byte)'\r');
            lines.Add(octet);
        }
        if (lines is not [.., (byte)'\n']) lines.AddRange("\r\n"u8);
        return lines;
    }

    /// <summary>The header, the blank line and so many lines.</summary>
    public static int TopOctets(ReadOnlySpan<byte> lines, int bodyLines)
    {
        var (at, inBody) = (0, false);
        while (at < lines.Length && !(inBody && bodyLines == 0))
        {
            var line = lines[at..];
            var length = line.IndexOf((byte)'\n') + 1;
            if (length == 0) length = line.Length;
            if (inBody) bodyLines--;
            else inBody = line[..length].SequenceEqual("\r\n"u8);
            at += length;
        }
        return at;
    }
}
