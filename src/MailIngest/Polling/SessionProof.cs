using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>
/// What one session has proven, and therefore may do: DELE only what is proven durable, QUIT only when everything that was RETR'd is
/// (some servers delete at QUIT whatever was RETR'd: RFC 1939 §8, RFC 2449 §6.7 <c>EXPIRE 0</c>).
/// </summary>
sealed class SessionProof
{
    readonly Lock _gate = new();
    readonly HashSet<int> _unproven = [];
    readonly SortedDictionary<int, RowKey> _removable = [];
    readonly List<RowKey> _stored = [];

    /// <summary>RETR was answered with <c>+OK</c>: from now on QUIT might delete this message.</summary>
    public void Retrieved(int number)
    {
        lock (_gate)
            _unproven.Add(number);
    }

    /// <summary>The rows that this session has stored.</summary>
    public IReadOnlyCollection<RowKey> Stored => _stored;

    public void StoredNow(RowKey row)
    {
        lock (_gate)
            _stored.Add(row);
    }

    /// <summary>Its bytes are durable, in the blob store and in the ledger.</summary>
    /// <param name="removable">The row under which it may be deleted now, or null when it is to stay.</param>
    public void Durable(int number, RowKey? removable)
    {
        lock (_gate)
        {
            _unproven.Remove(number);
            if (removable is not null)
                _removable[number] = removable;
        }
    }

    /// <summary>Rule R3: whether QUIT can delete nothing but what is durable.</summary>
    public bool MayQuit
    {
        get
        {
            lock (_gate)
                return _unproven.Count == 0;
        }
    }

    /// <summary>The messages to DELE, by number, each with its ledger row.</summary>
    public IReadOnlyDictionary<int, RowKey> Removable => _removable;
}
