using MailIngest.Ledger;

namespace MailIngest.Auditing;

/// <summary>
/// The promise as code: what happened to the mail of one mailbox, event by event, and each breach of "never lost, never twice" in it. The
/// simulation, the tests of real processes, the soak and the verb <c>audit</c> all ask this one.
/// </summary>
/// <remarks>
/// Order is all that counts, no clock: a message that was removed before its blob was created is lost, however soon the blob follows.
/// Messages with equal octets stand for each other: of two such messages one blob or two are right. A caller that cannot know something
/// leaves its events out, and is told nothing about it.
/// </remarks>
public sealed class History
{
    readonly Dictionary<string, Letter> _letters = new(StringComparer.Ordinal); // by SHA-256, all variants
    readonly Dictionary<string, Letter> _messages = new(StringComparer.Ordinal);
    readonly HashSet<string> _removedByOthers = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _blobs = new(StringComparer.Ordinal); // name to SHA-256
    readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    readonly Dictionary<RowKey, HistoryEvent.Recorded> _rows = [];
    readonly List<Violation> _violations = [];

    /// <summary>Every breach so far, in the order in which they happened.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <summary>Takes in what happened next.</summary>
    public void Add(HistoryEvent happened)
    {
        Events++;
        switch (happened)
        {
            case HistoryEvent.Accepted accepted: Accept(accepted); break;
            case HistoryEvent.Varied varied: _letters.TryAdd(varied.Sha256, _messages[varied.Message]); break;
            case HistoryEvent.Removed removed: Remove(removed); break;
            case HistoryEvent.Returned returned: _removedByOthers.Remove(returned.Message); break;
            case HistoryEvent.Created created: Create(created); break;
            case HistoryEvent.Taken taken: Take(taken); break;
            case HistoryEvent.Recorded row: Record(row); break;
            case HistoryEvent.LedgerReplaced: _rows.Clear(); break;
            case HistoryEvent.Polled { Counts: var counts } when !counts.Balances:
                Breaks(Breach.Unbalanced, "", $"A poll listed {counts.Listed} messages and its account does not add up to them: {counts}");
                break;
        }
    }

    /// <summary>
    /// All is over: what neither is stored nor was removed by another hand breaks the promise, unless the caller excuses it.
    /// </summary>
    /// <param name="excused">Says of a message that it may stay unstored: put aside, too large, refused by rule.</param>
    /// <returns>Every breach, these included; they are not kept.</returns>
    public IReadOnlyList<Violation> Settle(Func<string, bool> excused) =>
        [.. _violations, .. _messages
            .Where(message => message.Value.Blobs == 0 && !_removedByOthers.Contains(message.Key) && !excused(message.Key))
            .Select(message => new Violation(Breach.Unstored, message.Key, $"{message.Key} was never stored."))];

    void Accept(HistoryEvent.Accepted accepted)
    {
        var letter = _letters.TryGetValue(accepted.Sha256, out var same) ? same : _letters[accepted.Sha256] = new Letter();
        letter.Messages++;
        _messages.Add(accepted.Message, letter);
    }

    void Remove(HistoryEvent.Removed removed)
    {
        if (!removed.ByUs)
            _removedByOthers.Add(removed.Message);
        else if (_messages[removed.Message] is { Blobs: 0, TakenBlobs: 0 })
            Breaks(Breach.Lost, removed.Message, $"{removed.Message} is lost: it left the server before any blob held it.");
    }

    void Create(HistoryEvent.Created created)
    {
        if (!_blobs.TryAdd(created.Blob, created.Sha256))
        {
            if (_blobs[created.Blob] != created.Sha256)
                Breaks(Breach.Forged, created.Blob, $"{created.Blob} was overwritten with other octets.");
            return;
        }
        if (!_letters.TryGetValue(created.Sha256, out var letter))
            Breaks(Breach.Forged, created.Blob, $"{created.Blob} holds what no server has sent.");
        else if (++letter.Blobs > letter.Messages)
            Breaks(Breach.Twice, created.Blob, $"{created.Blob} is one copy too many: {letter.Blobs} blobs, {letter.Messages} such messages.");
    }

    void Take(HistoryEvent.Taken taken)
    {
        if (!_blobs.Remove(taken.Blob, out var sha256))
            return;
        _taken.Add(taken.Blob);
        if (_letters.TryGetValue(sha256, out var letter))
            (letter.Blobs, letter.TakenBlobs) = (letter.Blobs - 1, letter.TakenBlobs + 1);
    }

    void Record(HistoryEvent.Recorded row)
    {
        var before = _rows.GetValueOrDefault(row.Row);
        _rows[row.Row] = row;
        if (before is not null && (row.State < before.State || (before.Blob is not null && row.Blob is null)))
            Breaks(Breach.Backwards, row.Row.UniqueId, $"The row of {row.Row.UniqueId} ({row.Row.Generation}) went back from "
                + $"{before.State} ({before.Blob ?? "no blob"}) to {row.State} ({row.Blob ?? "no blob"}).");
        if (row == before || row.State is not (MessageState.Stored or MessageState.Deleting))
            return;
        if (row.Blob is null)
            Breaks(Breach.Unbacked, row.Row.UniqueId, $"{row.Row.UniqueId} is {row.State}, and its row names no blob.");
        else if (!_taken.Contains(row.Blob) && _blobs.GetValueOrDefault(row.Blob) is var there && there != row.Sha256)
            Breaks(Breach.Unbacked, row.Row.UniqueId, $"{row.Row.UniqueId} is {row.State}, and its blob {row.Blob} "
                + (there is null ? "is not there." : "holds other octets."));
    }

    void Breaks(Breach kind, string subject, string sentence) => _violations.Add(new(kind, subject, sentence));

    /// <summary>All messages that are the same to the octet, or variants of one message: how many there are, and how many blobs hold one.</summary>
    sealed class Letter
    {
        public int Messages;
        public int Blobs;
        public int TakenBlobs;
    }
}
