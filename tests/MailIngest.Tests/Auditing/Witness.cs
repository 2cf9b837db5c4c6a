using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;

namespace MailIngest.Tests.Auditing;

/// <summary>
/// Tells a <see cref="MailIngest.Auditing.History"/> what can be seen of one mailbox from outside: the server's removals, the commits of
/// the store (what is in the store then is read by other means than the store's), the blobs and rows that are there after a poll.
/// </summary>
/// <remarks>
/// Blobs and removals come in one order although two parties see them: right after a commit the server is asked how many events it has.
/// The removals among those came first, or at the same time; those after them came later.
/// </remarks>
/// <param name="maildrop">What the server has.</param>
/// <param name="hash">SHA-256 of what has this name in the store; null when nothing has.</param>
sealed class Witness(Maildrop maildrop, Func<string, Task<string?>> hash)
{
    readonly Lock _gate = new();
    readonly List<(MaildropMessage Message, string Name)> _accepted = [];
    readonly HashSet<MaildropMessage> _absent = [];
    readonly List<ServerEvents> _servers = [];
    readonly List<(int Server, int Position, string Blob, string Sha256)> _commits = [];
    readonly Dictionary<string, string> _blobs = new(StringComparer.Ordinal);
    readonly HashSet<RowKey> _rows = [];
    int _server; // where reading has come to
    int _position;

    /// <summary>What it was told so far.</summary>
    public History History { get; } = new();

    /// <summary>From now on this server serves the maildrop.</summary>
    public void Serves(ServerEvents events)
    {
        lock (_gate)
            _servers.Add(events);
    }

    /// <summary>From now on the promise is about this message too.</summary>
    public void Accept(MaildropMessage message, string sha256)
    {
        var name = $"{message.UniqueId} (message {_accepted.Count + 1})";
        _accepted.Add((message, name));
        History.Add(new HistoryEvent.Accepted(name, sha256));
    }

    /// <summary>The same store, and each commit is seen before the worker hears of it.</summary>
    public IBlobStore Watch(IBlobStore store) => new CommitSeam(store, async (draft, name, facts, stop) =>
    {
        try
        {
            return await draft.CommitAsync(name, facts, stop);
        }
        finally
        {
            await SeeAsync(name); // also when it is said to have failed: what is there, is there
        }
    });

    /// <summary>Before a poll: what is not in the store any more was destroyed by the test.</summary>
    public void Before(IReadOnlyDictionary<string, string> blobs)
    {
        CatchUp();
        Compare(blobs, byUs: false);
    }

    /// <summary>After a poll, when all its sessions are closed.</summary>
    public void After(IReadOnlyDictionary<string, string> blobs)
    {
        CatchUp();
        var present = maildrop.Messages.ToHashSet();
        foreach (var (message, name) in _accepted)
        {
            if (present.Contains(message) && _absent.Remove(message))
                History.Add(new HistoryEvent.Returned(name));
            else if (!present.Contains(message) && _absent.Add(message))
                History.Add(new HistoryEvent.Removed(name, ByUs: false)); // the server says nothing of it
        }
        Compare(blobs, byUs: true);
    }

    /// <summary>Every row of the ledger, read after a poll.</summary>
    public void Read(IReadOnlyList<LedgerRow> rows)
    {
        foreach (var gone in _rows.Except(rows.Select(row => row.Key)).ToList())
        {
            _rows.Remove(gone);
            History.Add(new HistoryEvent.Forgotten(gone));
        }
        foreach (var row in rows)
        {
            _rows.Add(row.Key);
            History.Add(HistoryEvent.Recorded.Of(row));
        }
    }

    /// <summary>The rows begin anew.</summary>
    public void LedgerReplaced()
    {
        _rows.Clear();
        History.Add(new HistoryEvent.LedgerReplaced());
    }

    /// <summary>The account of a poll.</summary>
    public void Told(PollReport report) => History.Add(new HistoryEvent.Polled(report.Counts));

    async Task SeeAsync(BlobName name)
    {
        if (name.Path.StartsWith('.') || await hash(name.Path) is not { } sha256)
            return;
        lock (_gate)
            _commits.Add((_servers.Count - 1, _servers[^1].Count, name.Path, sha256));
    }

    /// <summary>Commits and removals up to now, in their order.</summary>
    void CatchUp()
    {
        lock (_gate)
        {
            var commits = new Queue<(int Server, int Position, string Blob, string Sha256)>(_commits);
            _commits.Clear();
            for (; ; (_server, _position) = (_server + 1, 0))
            {
                foreach (var happened in _servers[_server].Skip(_position))
                {
                    while (commits.TryPeek(out var commit) && (commit.Server, commit.Position).CompareTo((_server, _position)) <= 0)
                        Create(commits.Dequeue());
                    _position++;
                    if (happened.Kind == ServerEventKind.Removed)
                        Remove(happened.UniqueId!);
                }
                if (_server == _servers.Count - 1)
                    break;
            }
            while (commits.TryDequeue(out var commit))
                Create(commit);
        }

        void Create((int, int, string Blob, string Sha256) commit)
        {
            _blobs[commit.Blob] = commit.Sha256;
            History.Add(new HistoryEvent.Created(commit.Blob, commit.Sha256));
        }
    }

    /// <summary>Of several messages with this unique-id it was one that is not in the maildrop now.</summary>
    void Remove(string uniqueId)
    {
        var present = maildrop.Messages.ToHashSet();
        var removed = _accepted.Where(message => message.Message.UniqueId == uniqueId)
            .OrderBy(message => present.Contains(message.Message)).ThenBy(message => _absent.Contains(message.Message)).FirstOrDefault();
        if (removed.Message is null)
            return;
        if (!_absent.Add(removed.Message))
            History.Add(new HistoryEvent.Returned(removed.Name)); // between two looks
        History.Add(new HistoryEvent.Removed(removed.Name, ByUs: true));
    }

    void Compare(IReadOnlyDictionary<string, string> blobs, bool byUs)
    {
        foreach (var destroyed in _blobs.Keys.Except(blobs.Keys).ToList())
        {
            _blobs.Remove(destroyed);
            History.Add(new HistoryEvent.Destroyed(destroyed, byUs));
        }
        foreach (var (blob, sha256) in blobs)
            if (!_blobs.TryGetValue(blob, out var before) || before != sha256)
            {
                _blobs[blob] = sha256;
                History.Add(new HistoryEvent.Created(blob, sha256));
            }
    }
}
