using System.Buffers;

namespace MailIngest.Pop3;

/// <summary>What came of a search for the end of a line.</summary>
enum LineSearch
{
    Found,
    Incomplete,
    TooLong,
}

/// <summary>Octets that were received and not yet consumed: one pooled array, filled by the connection, emptied from the front.</summary>
sealed class ReadBuffer : IDisposable
{
    /// <summary>A whole window of a fast connection at a time; larger ones were not faster.</summary>
    const int Octets = 64 * 1024;

    byte[] _octets = ArrayPool<byte>.Shared.Rent(Octets);
    int _start;
    int _end;
    int _searched;
    Range _line;

    /// <summary>The line taken last, without its CRLF; good until the next <see cref="Room"/>.</summary>
    public ReadOnlySpan<byte> Line => _octets.AsSpan(_line);

    public ReadOnlySpan<byte> Unread => _octets.AsSpan(_start, _end - _start);

    public bool IsEmpty => _start == _end;

    /// <summary>
    /// Room for the next octets; what is unread moves to the front first, and the array grows when it is full of one line.
    /// </summary>
    public Memory<byte> Room()
    {
        if (_start == _end) _start = _end = _searched = 0;
        if (_end == _octets.Length && _start > 0)
        {
            Unread.CopyTo(_octets);
            (_end, _searched, _start) = (_end - _start, _searched - _start, 0);
        }
        if (_end == _octets.Length) Grow();
        return _octets.AsMemory(_end);
    }

    public void Received(int count) => _end += count;

    public void Consume(int count)
    {
        _start += count;
        _searched = Math.Max(_searched, _start);
    }

    /// <summary>
    /// Takes one <see cref="Line"/> off the front. Only CRLF ends it (RFC 1939 §3): bare CR and bare LF are part of it.
    /// <paramref name="limit"/> counts its CRLF.
    /// </summary>
    public LineSearch TryTakeLine(int limit)
    {
        while (true)
        {
            var lf = _octets.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (lf < 0)
            {
                _searched = _end;
                return _end - _start >= limit ? LineSearch.TooLong : LineSearch.Incomplete;
            }
            _searched += lf + 1;
            var length = _searched - _start;
            if (length > limit) return LineSearch.TooLong;
            if (length < 2 || _octets[_searched - 2] != '\r') continue;

            _line = _start..(_searched - 2);
            _start = _searched;
            return LineSearch.Found;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_octets);
        _octets = [];
        _start = _end = _searched = 0;
        _line = default;
    }

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * _octets.Length);
        Unread.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_octets);
        _octets = larger;
    }
}
