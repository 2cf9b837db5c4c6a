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

    byte[] octets = ArrayPool<byte>.Shared.Rent(Octets);
    int start;
    int end;
    int searched;
    Range line;

    /// <summary>The line taken last, without its CRLF; good until the next <see cref="Room"/>.</summary>
    public ReadOnlySpan<byte> Line => octets.AsSpan(line);

    public ReadOnlySpan<byte> Unread => octets.AsSpan(start, end - start);

    public bool IsEmpty => start == end;

    /// <summary>
    /// Room for the next octets; what is unread moves to the front first, and the array grows when it is full of one line.
    /// </summary>
    public Memory<byte> Room()
    {
        if (start == end) start = end = searched = 0;
        if (end == octets.Length && start > 0)
        {
            Unread.CopyTo(octets);
            (end, searched, start) = (end - start, searched - start, 0);
        }
        if (end == octets.Length) Grow();
        return octets.AsMemory(end);
    }

    public void Received(int count) => end += count;

    public void Consume(int count)
    {
        start += count;
        searched = Math.Max(searched, start);
    }

    /// <summary>
    /// Takes one <see cref="Line"/> off the front. Only CRLF ends it (RFC 1939 §3): bare CR and bare LF are part of it.
    /// <paramref name="limit"/> counts its CRLF.
    /// </summary>
    public LineSearch TryTakeLine(int limit)
    {
        while (true)
        {
            var lf = octets.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (lf < 0)
            {
                searched = end;
                return end - start >= limit ? LineSearch.TooLong : LineSearch.Incomplete;
            }
            searched += lf + 1;
            var length = searched - start;
            if (length > limit) return LineSearch.TooLong;
            if (length < 2 || octets[searched - 2] != '\r') continue;

            line = start..(searched - 2);
            start = searched;
            return LineSearch.Found;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(octets);
        octets = [];
        start = end = searched = 0;
        line = default;
    }

    void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * octets.Length);
        Unread.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(octets);
        octets = larger;
    }
}
