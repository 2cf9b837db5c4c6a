namespace MailIngest.Pop3.Server;

/// <summary>A line from the client, without its CRLF; too long ones are skipped to their end and say so.</summary>
readonly record struct ReceivedLine(ReadOnlyMemory<byte> Octets, bool IsTooLong = false);

/// <summary>Cuts what the client sends into lines. What has no line end yet is not a command.</summary>
sealed class CommandReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, bool takesBareLineFeeds)
{
    byte[] buffer = new byte[4096];
    int start, end;
    bool skipping;

    /// <summary>The next line that is here already.</summary>
    /// <param name="limit">The longest line in octets, CRLF included.</param>
    /// <param name="line">Valid until the next call.</param>
    public bool TryTake(int limit, out ReceivedLine line)
    {
        var here = buffer.AsSpan(start..end);
        var lineEnd = takesBareLineFeeds ? here.IndexOf((byte)'\n') : here.IndexOf("\r\n"u8);
        if (lineEnd < 0)
        {
            line = default;
            if (here.Length >= limit && !(here.Length == limit && here[^1] == '\r'))
                skipping = true;
            if (skipping)
                start = here is [.., (byte)'\r'] ? end - 1 : end;
            return false;
        }

        var ending = takesBareLineFeeds ? 1 : 2;
        var octets = buffer.AsMemory(start, lineEnd);
        if (takesBareLineFeeds && octets.Span is [.., (byte)'\r'])
            octets = octets[..^1];
        line = skipping || lineEnd + ending > limit ? new(default, IsTooLong: true) : new(octets);
        start += lineEnd + ending;
        skipping = false;
        return true;
    }

    /// <summary>Waits for more octets; false when the client has closed its side.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        if (start > 0)
        {
            buffer.AsSpan(start..end).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var octets = await read(buffer.AsMemory(end), stop);
        end += octets;
        return octets > 0;
    }

    /// <summary>Forgets what was sent ahead, as STLS demands (RFC 2595 §4).</summary>
    public void Discard() => (start, end, skipping) = (0, 0, false);
}
