namespace MailIngest.Pop3;

/// <summary>The listings: STAT, LIST and UIDL, alone and as one.</summary>
public sealed partial class MaildropSession
{
    /// <summary>
    /// STAT, LIST and UIDL, in one flight when pipelining. What is returned is complete and agrees with itself: terminators seen, as many
    /// messages in LIST as STAT says, no number twice, no unique-id of a message that LIST does not have. Anything else throws.
    /// </summary>
    /// <exception cref="Pop3RefusedException">
    /// STAT or LIST was refused, or UIDL although it is announced; the session stays usable.
    /// </exception>
    /// <exception cref="Pop3ProtocolException">The answers are cut off or contradict each other; the session is broken.</exception>
    public async Task<MaildropListing> ListMaildropAsync(CancellationToken stop)
    {
        Send(Command.Of("STAT"));
        if (Pipelines) SendLists();
        var (statReply, drop) = await ReadStatAsync(stop);
        var statRefusal = drop is null ? _connection.Refused(statReply) : null;
        if (!Pipelines)
        {
            if (statRefusal is not null) throw statRefusal;
            Send(Command.Of("LIST"));
        }
        var (listReply, scans) = await ReadListAsync<ScanListing>(ScanListing.TryParse, drop?.Messages ?? 0, stop);
        var listRefusal = scans is null ? _connection.Refused(listReply) : null;
        if (!Pipelines)
        {
            if (listRefusal is not null) throw listRefusal;
            Send(Command.Of("UIDL"));
        }
        var (uidlReply, uniqueIds) = await ReadListAsync<UniqueIdListing>(UniqueIdLine, scans?.Count ?? 0, stop);
        var uidlRefusal = uniqueIds is null && Capabilities.Uidl ? _connection.Refused(uidlReply) : null;

        // In a flight every answer is read before any of them is judged, so that the session stays in step.
        if ((statRefusal ?? listRefusal ?? uidlRefusal) is { } refusal) throw refusal;
        return MaildropListing.Join(drop!, scans!, uniqueIds, out var flaw)
            ?? throw _connection.Break($"does not complete the listing: {flaw}");
    }

    void SendLists()
    {
        _connection.Send(Command.Of("LIST"));
        _connection.Send(Command.Of("UIDL"));
    }

    async Task<(Reply Reply, DropListing? Listing)> ReadStatAsync(CancellationToken stop)
    {
        var reply = await _connection.ReadReplyAsync(false, stop);
        if (!reply.Ok) return (reply, null);
        return DropListing.TryParse(Reply.ArgumentsOf(_connection.Line), out var drop)
            ? (reply, drop)
            : throw _connection.Break($"has no count but says \"{reply}\"");
    }

    async Task<(Reply Reply, List<T>? Lines)> ReadListAsync<T>(LineParser<T> parse, int expected, CancellationToken stop)
    {
        var reply = await _connection.ReadReplyAsync(true, stop);
        if (!reply.Ok) return (reply, null);

        // The count is the server's word: it sizes the list only as far as a lie would not hurt.
        var lines = new List<T>(Math.Clamp(expected, 0, Math.Min(_options.MaxMessages, 65536)));
        await _connection.ReadLinesAsync(lines, parse, _options.MaxListingLine, _options.MaxMessages, stop);
        return (reply, lines);
    }

    /// <summary>Some servers write "+OK" before each line.</summary>
    static bool UniqueIdLine(ReadOnlySpan<byte> line, out UniqueIdListing listing) =>
        UniqueIdListing.TryParse(line.StartsWith("+OK "u8) ? line[4..] : line, out listing);
}
