using MailIngest.Ledger;

namespace MailIngest.Auditing;

/// <summary>
/// The promise as code: what happened to the mail of one mailbox, event by event, and each breach of "never lost, never twice" in it. The
/// simulation, the tests of real processes, the soak and the verb <c>audit</c> all ask this one.
/// </summary>
/// <remarks>
/// Order is all that counts, no clock: a message that was removed before its blob was created is lost, however soon the blob follows.
/// Messages with equal octets stand for each other. A caller that cannot know something leaves its events out, and is told nothing
/// about it.
/// </remarks>
public sealed class History
{
    readonly Dictionary<string, Letter> _letters = new(StringComparer.Ordinal); // by SHA-256, all variants
    readonly Dictionary<string, Letter> _messages = new(StringComparer.Ordinal);
    readonly HashSet<string> _removedByOthers = new(StringComparer.Ordinal);
    readonly HashSet<string> _removedByUs = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _blobs = new(StringComparer.Ordinal); // name to SHA-256
    readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    readonly Dictionary<RowKey, HistoryEvent.Recorded> _rows = [];
    readonly List<Violation> _violations = [];

    /// <summary>
    /// Of two messages with equal octets one blob or two are right, because the server does not tell them apart. Else each needs its own.
    /// </summary>
    public bool EqualsShareBlobs { get; init; } = true;

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
            case HistoryEvent.Returned returned: Return(returned); break;
            case HistoryEvent.Created created: Create(created); break;
            case HistoryEvent.Taken taken: Take(taken); break;
            case HistoryEvent.Destroyed destroyed: Destroy(destroyed); break;
            case HistoryEvent.Recorded row: Record(row); break;
            case HistoryEvent.Forgotten forgotten: Forget(forgotten); break;
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
            .Where(message => !_removedByOthers.Contains(message.Key) && !excused(message.Key))
            .GroupBy(message => message.Value, message => message.Key)
            .SelectMany(equals => equals.Skip(EqualsShareBlobs && equals.Key.Copies > 0 ? int.MaxValue : equals.Key.Copies))
            .Select(message => new Violation(Breach.Unstored, message, $"{message} was never stored."))];

    void Accept(HistoryEvent.Accepted accepted)
    {
        var letter = _letters.TryGetValue(accepted.Sha256, out var same) ? same : _letters[accepted.Sha256] = new Letter();
        letter.Messages++;
        _messages.Add(accepted.Message, letter);
    }

    void Remove(HistoryEvent.Removed removed)
    {
        if (!removed.ByUs)
        {
            _removedByOthers.Add(removed.Message);
            return;
        }
        var letter = _messages[removed.Message];
        if (_removedByUs.Add(removed.Message))
            letter.Removed++;
        if (letter.Copies < (EqualsShareBlobs ? 1 : letter.Removed))
            Breaks(Breach.Lost, removed.Message, $"{removed.Message} is lost: it left the server before any blob held it.");
    }

    void Return(HistoryEvent.Returned returned)
    {
        _removedByOthers.Remove(returned.Message);
        if (_removedByUs.Remove(returned.Message))
            _messages[returned.Message].Removed--;
    }

    void Create(HistoryEvent.Created created)
    {
        if (!_blobs.TryAdd(created.Blob, created.Sha256))
        {
            if (_blobs[created.Blob] != created.Sha256)
                Breaks(Breach.Forged, created.Blob, $"{created.Blob} was overwritten with other octets.");
            return;
        }
        _taken.Remove(created.Blob);
        if (!_letters.TryGetValue(created.Sha256, out var letter))
            Breaks(Breach.Forged, created.Blob, $"{created.Blob} holds what no server has sent.");
        else if (++letter.Blobs > letter.Messages)
            Breaks(Breach.Twice, created.Blob,
                $"{created.Blob} is one copy too many: {letter.Blobs} blobs, {letter.Messages} such messages.");
    }

    void Take(HistoryEvent.Taken taken)
    {
        if (!_blobs.Remove(taken.Blob, out var sha256))
            return;
        _taken.Add(taken.Blob);
        if (_letters.TryGetValue(sha256, out var letter))
            (letter.Blobs, letter.TakenBlobs) = (letter.Blobs - 1, letter.TakenBlobs + 1);
    }

    void Destroy(HistoryEvent.Destroyed destroyed)
    {
        if (!_blobs.Remove(destroyed.Blob, out var sha256))
            return;
        if (_letters.TryGetValue(sha256, out var letter))
            letter.Blobs--;
        if (destroyed.ByUs)
            Breaks(Breach.Lost, destroyed.Blob, $"{destroyed.Blob} was there and is not there any more.");
    }

    void Record(HistoryEvent.Recorded row)
    {
        var before = _rows.GetValueOrDefault(row.Row);
        _rows[row.Row] = row;
        if (before is not null && (row.State < before.State || (before.Blob is not null && row.Blob is null)))
            Breaks(Breach.Backwards, row.Row.UniqueId, $"The row of {row.Row.UniqueId} ({row.Row.Generation}) went back from "
                + $"{before.State} ({before.Blob ?? "no blob"}) to {row.State} ({row.Blob ?? "no blob"}).");
        // Who sees a message go only writes that down: its blob was looked at when the row began to name it.
        if (row == before || (row.State == MessageState.Gone && row.Blob == before?.Blob))
            return;
        if (row.Blob is null)
        {
            if (row.State is MessageState.Stored or MessageState.Deleting)
                Breaks(Breach.Unbacked, row.Row.UniqueId, $"{row.Row.UniqueId} is {row.State}, and its row names no blob.");
        }
        else if (!_taken.Contains(row.Blob) && _blobs.GetValueOrDefault(row.Blob) is var there && there != row.Sha256)
            Breaks(Breach.Unbacked, row.Row.UniqueId, $"{row.Row.UniqueId} is {row.State}, and its blob {row.Blob} "
                + (there is null ? "is not there." : "holds other octets."));
    }

    void Forget(HistoryEvent.Forgotten forgotten)
    {
        if (_rows.Remove(forgotten.Row, out var row) && row is { State: not MessageState.Gone })
            Breaks(Breach.Backwards, row.Row.UniqueId,
                $"The row of {row.Row.UniqueId} ({row.Row.Generation}) was {row.State}, and the ledger has forgotten it.");
    }

    void Breaks(Breach kind, string subject, string sentence) => _violations.Add(new(kind, subject, sentence));

    /// <summary>Messages that are the same to the octet, or variants of one: how many there are, and how many blobs hold one.</summary>
    sealed class Letter
    {
        public int Messages;
        public int Removed; // by us, and not back
        public int Blobs;
        public int TakenBlobs;

        public int Copies => Blobs + TakenBlobs;
    }
}
