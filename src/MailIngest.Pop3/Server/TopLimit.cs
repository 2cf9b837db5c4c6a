namespace MailIngest.Pop3.Server;

/// <summary>Finds the end of what TOP sends: the header, the blank line, and so many lines of the body (RFC 1939 §7).</summary>
struct TopLimit(long lines)
{
    long _bodyLines = lines;
    bool _inBody;
    int _lineOctets;

    /// <summary>Everything that belongs to the answer has passed.</summary>
    public bool IsReached { get; private set; }

    /// <summary>How many octets of the next chunk belong to the answer.</summary>
    public int Take(ReadOnlySpan<byte> chunk)
    {
        var taken = 0;
        while (!IsReached && taken < chunk.Length)
        {
            var lineFeed = chunk[taken..].IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                _lineOctets += chunk.Length - taken;
                return chunk.Length;
            }

            var isBlank = _lineOctets + lineFeed == 1;
            _lineOctets = 0;
            taken += lineFeed + 1;
            if (_inBody)
                _bodyLines--;
            _inBody |= isBlank;
            IsReached = _inBody && _bodyLines <= 0;
        }
        return taken;
    }
}
