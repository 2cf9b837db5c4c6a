namespace MailIngest.Pop3.Server;

/// <summary>Byte-stuffs a message: a dot goes before every line that begins with one, the first line too (RFC 1939 §3).</summary>
/// <remarks>A line ends with CRLF and nothing else. State is kept between chunks, so a message may be split anywhere.</remarks>
struct DotStuffing(bool stuffsFirstOctet)
{
    byte _last = stuffsFirstOctet ? (byte)'\n' : (byte)0;
    bool _atLineStart = stuffsFirstOctet;

    public void Write(ReadOnlySpan<byte> octets, AnswerWriter answer)
    {
        if (octets.IsEmpty)
            return;
        if (_atLineStart && octets[0] == '.')
            answer.Octets("."u8);

        // Only a dot that follows CRLF needs work: look for those and copy what is between.
        var previous = _last;
        _last = octets[^1];
        _atLineStart = _last == '\n' && (octets.Length > 1 ? octets[^2] : previous) == '\r';
        while (octets.IndexOf("\n."u8) is var lineFeed && lineFeed >= 0)
        {
            var endsLine = (lineFeed > 0 ? octets[lineFeed - 1] : previous) == '\r';
            answer.Octets(octets[..(lineFeed + 1)]);
            if (endsLine)
                answer.Octets("."u8);
            previous = (byte)'\n';
            octets = octets[(lineFeed + 1)..];
        }
        answer.Octets(octets);
    }
}
