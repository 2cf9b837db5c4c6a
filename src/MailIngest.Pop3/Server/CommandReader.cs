namespace MailIngest.Pop3.Server;

/// <summary>A line from the client, without its CRLF; too long ones are skipped to their end and say so.</summary>
readonly record struct ReceivedLine(ReadOnlyMemory<byte> Octets, bool IsTooLong = false);

/// <summary>Cuts what the client sends into lines. What has no line end yet is not a command.</summary>
sealed class CommandReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, bool takesBareLineFeeds)
{
    byte[] _buffer = new byte[4096];
    int _start, _end;
    bool _skipping;

    /// <summary>The next line that is here already.</summary>
    /// <param name="limit">The longest line in octets, CRLF included.</param>
    /// <param name="line">Valid until the next call.</param>
    public bool TryTake(int limit, out ReceivedLine line)
    {
        var here = _buffer.AsSpan(_start.._end);
        var lineEnd = takesBareLineFeeds ? here.IndexOf((byte)'\n') : here.IndexOf("\r\n"u8);
        if (lineEnd < 0)
        {
            line = default;
            if (here.Length >= limit && !(here.Length == limit && here[^1] == '\r'))
                _skipping = true;
            if (_skipping)
                _start = here.EndsWith("\r"u8) ? _end - 1 : _end;
            return false;
        }

        var ending = takesBareLineFeeds ? 1 : 2;
        var octets = _buffer.AsMemory(_start, lineEnd);
        if (takesBareLineFeeds && octets.Span is [.., (byte)'\r'])
            octets = octets[..^1];
        line = _skipping || lineEnd + ending > limit ? new(default, IsTooLong: true) : new(octets);
        _start += lineEnd + ending;
        _skipping = false;
        return true;
    }

    /// <summary>Waits for more octets; false when the client has closed its side.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var octets = await read(_buffer.AsMemory(_end), stop);
        _end += octets;
        return octets > 0;
    }

    /// <summary>Forgets what was sent ahead, as STLS demands (RFC 2595 §4).</summary>
    public void Discard() => (_start, _end, _skipping) = (0, 0, false);
}
