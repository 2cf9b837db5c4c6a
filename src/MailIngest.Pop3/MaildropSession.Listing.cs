namespace MailIngest.Pop3;

/// <summary>Reads one line of a multi-line answer; false when it cannot be one.</summary>
delegate bool LineParser<T>(ReadOnlySpan<byte> line, out T value);

/// <summary>The listings: STAT, LIST and UIDL, alone and as one.</summary>
public sealed partial class MaildropSession
{
    /// <inheritdoc cref="ListMaildropAsync(KnownMessage?, CancellationToken)"/>
    public Task<MaildropListing> ListMaildropAsync(CancellationToken stop) => ListMaildropAsync(null, stop);

    /// <summary>
    /// STAT, LIST and UIDL, in one flight when pipelining; with <see cref="Pop3Options.ListsFirst"/> it may be under way already. What is
    /// returned is complete and agrees with itself: terminators seen, as many messages in LIST as STAT says, no number twice, no unique-id
    /// of a message that LIST does not have. Anything else throws.
    /// </summary>
    /// <param name="known">Which messages need not be kept; null: all are.</param>
    /// <param name="stop">Breaks the session.</param>
    /// <exception cref="Pop3RefusedException">
    /// STAT or LIST was refused, or UIDL although it is announced; the session stays usable.
    /// </exception>
    /// <exception cref="Pop3ProtocolException">The answers are cut off or contradict each other; the session is broken.</exception>
    public async Task<MaildropListing> ListMaildropAsync(KnownMessage? known, CancellationToken stop)
    {
        var flight = Pipelines || _listingUnderWay;
        if (_listingUnderWay) _listingUnderWay = false;
        else if (flight) SendListing(_connection);
        else Send(Command.Of("STAT"));
        var (statReply, drop) = await ReadStatAsync(stop);
        var statRefusal = drop is null ? _connection.Refused(statReply) : null;
        if (!flight)
        {
            if (statRefusal is not null) throw statRefusal;
            Send(Command.Of("LIST"));
        }

        // The count is the server's word: a lie costs no more than four octets a message.
        var scans = new ScanTable(Math.Clamp(drop?.Messages ?? 0, 0, _options.MaxMessages));
        var listReply = await ReadLinesAsync(scans.TryAdd, stop);
        var listRefusal = listReply.Ok ? null : _connection.Refused(listReply);
        if (!flight)
        {
            if (listRefusal is not null) throw listRefusal;
            Send(Command.Of("UIDL"));
        }
        var flaw = scans.Close() is { } twice ? $"LIST has message {twice} twice"
            : drop is not null && scans.Count != drop.Messages ? $"STAT counts {drop.Messages} messages, LIST has {scans.Count}"
            : null;

        // Nobody is asked about messages of which it is clear by now that they will not be given out.
        var join = new ListingJoin(scans, statRefusal is null && listRefusal is null && flaw is null ? known : null);
        var uidlReply = await ReadLinesAsync(line => join.TryAdd(UniqueIdOf(line)), stop);
        var uidlRefusal = uidlReply.Ok || !Capabilities.Uidl ? null : _connection.Refused(uidlReply);

        // In a flight every answer is read before any of them is judged, so that the session stays in step.
        if ((statRefusal ?? listRefusal ?? uidlRefusal) is { } refusal) throw refusal;
        if ((flaw ?? join.Flaw) is { } contradiction) throw _connection.Break($"does not complete the listing: {contradiction}");
        return join.Finish(drop!, uidlReply.Ok);
    }

    internal static void SendListing(Connection connection)
    {
        connection.Send(Command.Of("STAT"));
        connection.Send(Command.Of("LIST"));
        connection.Send(Command.Of("UIDL"));
    }

    async Task<(Reply Reply, DropListing? Listing)> ReadStatAsync(CancellationToken stop)
    {
        var reply = await _connection.ReadReplyAsync(false, stop);
        if (!reply.Ok) return (reply, null);
        return DropListing.TryParse(Reply.ArgumentsOf(_connection.Line), out var drop)
            ? (reply, drop)
            : throw _connection.Break($"has no count but says \"{reply}\"");
    }

    async Task<(Reply Reply, List<T> Lines)> ReadListAsync<T>(LineParser<T> parse, CancellationToken stop)
    {
        var lines = new List<T>();
        return (await ReadLinesAsync(TryAdd, stop), lines);

        bool TryAdd(ReadOnlySpan<byte> line)
        {
            var isOne = parse(line, out var value);
            if (isOne) lines.Add(value);
            return isOne;
        }
    }

    async ValueTask<Reply> ReadLinesAsync(LineTaker take, CancellationToken stop)
    {
        var reply = await _connection.ReadReplyAsync(true, stop);
        if (reply.Ok) await _connection.ReadLinesAsync(take, _options.MaxListingLine, _options.MaxMessages, stop);
        return reply;
    }

    static bool UniqueIdLine(ReadOnlySpan<byte> line, out UniqueIdListing listing) =>
        UniqueIdListing.TryParse(UniqueIdOf(line), out listing);

    /// <summary>Some servers write "+OK" before each line.</summary>
    static ReadOnlySpan<byte> UniqueIdOf(ReadOnlySpan<byte> line) => line.StartsWith("+OK "u8) ? line[4..] : line;
}
