namespace MailIngest.Pop3.Server;

/// <summary>Turns stored octets into the lines that RETR transmits: a CR before every LF that has none, and a final CRLF.</summary>
/// <remarks>Every other octet passes untouched: bare CR, NUL, 8-bit. This is what Dovecot does, octet for octet.</remarks>
struct LineEnds
{
    byte _previous;
    bool _owesLineFeed;

    /// <summary>Converts as much of <paramref name="source"/> as fits into <paramref name="destination"/>.</summary>
    /// <returns>The octets read and the octets written.</returns>
    public (int Read, int Written) Convert(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int read = 0, written = 0;
        while (written < destination.Length)
        {
            if (_owesLineFeed)
            {
                destination[written++] = _previous = (byte)'\n';
                _owesLineFeed = false;
                continue;
            }
            if (read == source.Length)
                break;

            var rest = source[read..];
            var line = rest.IndexOf((byte)'\n');
            var run = Math.Min(line < 0 ? rest.Length : line, destination.Length - written);
            if (run > 0)
            {
                rest[..run].CopyTo(destination[written..]);
                _previous = rest[run - 1];
                read += run;
                written += run;
                continue;
            }

            // At a LF: it is owed, after the CR that it may lack.
            read++;
            _owesLineFeed = true;
            if (_previous != '\r')
                destination[written++] = (byte)'\r';
        }
        return (read, written);
    }

    /// <summary>Owes what the end of the source lacks: the LF of a CR that did not fit, or the whole final CRLF. An empty message is one
    /// empty line.</summary>
    public int Finish(Span<byte> destination)
    {
        var written = 0;
        if (!_owesLineFeed && _previous != '\n' && !destination.IsEmpty)
        {
            destination[written++] = (byte)'\r';
            _owesLineFeed = true;
        }
        return written + Convert([], destination[written..]).Written;
    }
}
