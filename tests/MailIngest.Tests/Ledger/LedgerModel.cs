using MailIngest.Ledger;

namespace MailIngest.Tests.Ledger;

/// <summary>One mailbox of a ledger as a dictionary: the rules again, as plainly as they can be said. False: refused, nothing changed.</summary>
sealed class LedgerModel(TimeProvider clock)
{
    readonly SortedDictionary<(string UniqueId, int Generation), LedgerRow> rows = new(Comparer<(string, int)>.Create(Compare));
    string? owner;
    DateTimeOffset expires;

    public IEnumerable<LedgerRow> Rows => rows.Values;

    public bool Held => owner is not null;

    DateTimeOffset Now => clock.GetUtcNow();

    public bool Take(string taker, TimeSpan ttl)
    {
        if (owner is not null && owner != taker && expires > Now)
            return false;
        (owner, expires) = (taker, Now + ttl);
        return true;
    }

    public bool Renew(TimeSpan ttl)
    {
        expires = Now + ttl;
        return true;
    }

    public void GiveBack() => owner = null;

    public bool Sight(IEnumerable<RowKey> keys, long octets)
    {
        foreach (var key in keys)
        {
            if (!rows.TryGetValue((key.UniqueId, key.Generation), out var row))
                row = new(key.UniqueId, key.Generation, MessageState.Seen, Now, octets, 0, null, false, null, 0, null, null, 0, null);
            rows[(key.UniqueId, key.Generation)] = row.State == MessageState.Seen ? row with { ListedOctets = octets } : row;
        }
        return true;
    }

    public bool Stored(RowKey key, StoredMessage copy) => Change([key], row => row with
    {
        State = Later(row.State, MessageState.Stored),
        Stored = copy,
        ReceivedOctets = copy.Octets,
        Attempts = 0,
        LastError = null,
        Quarantined = false,
    });

    public bool Failed(RowKey key, string error, long? received, int most) => Change([key], row => row with
    {
        Attempts = row.Attempts + 1,
        LastError = error,
        ReceivedOctets = received ?? row.ReceivedOctets,
        Quarantined = row.Quarantined || row.Attempts + 1 >= most,
    });

    public bool Quarantine(RowKey key, string reason) => Change([key], row => row with { Quarantined = true, LastError = reason });

    public bool Release(RowKey key) => Change([key], row => row with { Quarantined = false, Attempts = 0, LastError = null });

    public bool NextOrdinal(RowKey key) => Change([key], row => row with { Ordinal = row.Ordinal + 1 });

    public bool Deleting(IEnumerable<RowKey> keys) => Change(keys.Distinct(), row => row.Stored is null ? null : row with
    {
        State = Later(row.State, MessageState.Deleting),
        DeletingAt = Now,
    });

    public bool Asked(IEnumerable<RowKey> keys) => Change(keys.Distinct(), row => row with { DeleteRounds = row.DeleteRounds + 1 });

    public bool Renamed(IEnumerable<RowKey> keys) => Change(keys, row => row with
    {
        State = MessageState.Gone,
        DeleteRounds = 0,
        DeletingAt = null,
        GoneAt = Now,
    });

    public bool Gone(IEnumerable<RowKey> keys) => Change(keys, row => row with
    {
        State = MessageState.Gone,
        DeleteRounds = 0,
        GoneAt = row.GoneAt is null || row.DeletingAt > row.GoneAt ? Now : row.GoneAt,
    });

    public int ForgetGone(TimeSpan olderThan)
    {
        var limit = Now - olderThan;
        var old = rows.Where(row => row.Value.GoneAt < limit && !(row.Value.DeletingAt >= limit)).Select(row => row.Key).ToArray();
        return old.Count(rows.Remove);
    }

    /// <summary>Changes all of these rows, or none when one is missing or must not be changed.</summary>
    bool Change(IEnumerable<RowKey> keys, Func<LedgerRow, LedgerRow?> change)
    {
        var changed = new Dictionary<(string, int), LedgerRow>();
        foreach (var key in keys.Select(key => (key.UniqueId, key.Generation)))
        {
            if (!rows.TryGetValue(key, out var row) || change(row) is not { } next)
                return false;
            changed[key] = next;
        }
        foreach (var (key, row) in changed)
            rows[key] = row;
        return true;
    }

    static MessageState Later(MessageState left, MessageState right) => left > right ? left : right;

    static int Compare((string UniqueId, int Generation) left, (string UniqueId, int Generation) right) =>
        string.CompareOrdinal(left.UniqueId, right.UniqueId) is var order and not 0 ? order : left.Generation.CompareTo(right.Generation);
}
