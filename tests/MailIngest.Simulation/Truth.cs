using System.Security.Cryptography;
using MailIngest.Auditing;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Pop3.Server;

namespace MailIngest.Simulation;

/// <summary>What has really happened, told to the promise's checker; and what only somebody who sees the server from inside can check: DELE
/// and QUIT are not even sent too early.</summary>
public sealed class Truth
{
    readonly World _world;
    readonly History _history = new();
    readonly Dictionary<MaildropMessage, string> _names = [];
    readonly HashSet<MaildropMessage> _there = [];
    readonly HashSet<MaildropMessage> _removedByUs = [];
    readonly Dictionary<string, List<string>> _octets = new(StringComparer.Ordinal); // name: every SHA-256 that it was sent with
    readonly Dictionary<string, Letter> _letters = new(StringComparer.Ordinal); // the same by its first SHA-256
    readonly Dictionary<string, int> _blobs = new(StringComparer.Ordinal); // SHA-256: how many
    readonly Dictionary<RowKey, HistoryEvent.Recorded> _rows = [];
    readonly Dictionary<(int Process, int Session), Session> _sessions = [];
    readonly HashSet<string> _blobNames = new(StringComparer.Ordinal);
    readonly List<string> _retrieved = [];
    readonly List<string> _violations = [];
    int _historyTold;

    internal Truth(World world) => _world = world;

    /// <summary>Messages that the server has accepted.</summary>
    public int Messages => _names.Count;

    /// <summary>POP3 sessions that were signed in.</summary>
    public int Sessions { get; private set; }

    /// <summary>How many messages have left the server because of us.</summary>
    public int Removals { get; private set; }

    /// <summary>How many messages were RETR'd.</summary>
    public int Retrievals => _retrieved.Count;

    /// <summary>Which ones, in order.</summary>
    public IReadOnlyList<string> Retrieved => _retrieved;

    /// <summary>The names of all blobs that became visible.</summary>
    public IReadOnlyCollection<string> Blobs => _blobNames;

    /// <summary>Every breach so far, in words.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>What the message is called in the log.</summary>
    public string NameOf(MaildropMessage message) => _names[message];

    /// <summary>Whether it has left the server because of us.</summary>
    public bool WasRemovedByUs(MaildropMessage message) => _removedByUs.Contains(message);

    /// <summary>Whether a blob holds it.</summary>
    public bool IsDurable(string name) => _octets[name].Exists(sha256 => _blobs.GetValueOrDefault(sha256) > 0);

    /// <summary>Messages that no blob holds, and that no other hand has removed.</summary>
    public IEnumerable<string> Unstored => _history.Settle(_ => false)
        .Where(violation => violation.Kind == Breach.Unstored).Select(violation => violation.Subject);

    /// <summary>The maildrop has taken a message.</summary>
    public void Accepted(MaildropMessage message)
    {
        var name = $"m{_names.Count + 1}";
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(message.ToArray()));
        _names.Add(message, name);
        _there.Add(message);
        if (!_letters.TryGetValue(sha256, out var variants))
            _letters.Add(sha256, variants = new(name, [sha256]));
        _octets.Add(name, variants.Sha256s);
        _world.Log.Add("maildrop", $"{name} is accepted as {message.UniqueId}, {message.Octets} octets");
        Add(new HistoryEvent.Accepted(name, sha256));
    }

    /// <summary>The server sends a message with other octets, too.</summary>
    public void Varied(ReadOnlySpan<byte> accepted, ReadOnlySpan<byte> octets)
    {
        var letter = _letters[Convert.ToHexStringLower(SHA256.HashData(accepted))];
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(octets));
        if (letter.Sha256s.Contains(sha256))
            return;
        letter.Sha256s.Add(sha256);
        Add(new HistoryEvent.Varied(letter.Name, sha256));
    }

    /// <summary>Another client removes it.</summary>
    public void TakenByOther(MaildropMessage message)
    {
        _there.Remove(message);
        _world.Log.Add("maildrop", $"{_names[message]} is removed by another client");
        Add(new HistoryEvent.Removed(_names[message], ByUs: false));
    }

    /// <summary>It is on the server again.</summary>
    public void Returned(MaildropMessage message)
    {
        _there.Add(message);
        _world.Log.Add("maildrop", $"{_names[message]} is back");
        Add(new HistoryEvent.Returned(_names[message]));
    }

    internal void Created(string blob, string sha256)
    {
        if (blob.StartsWith(".mailingest/", StringComparison.Ordinal))
            return;
        _blobNames.Add(blob);
        _blobs[sha256] = _blobs.GetValueOrDefault(sha256) + 1;
        Add(new HistoryEvent.Created(blob, sha256));
    }

    internal void Taken(string blob, string sha256)
    {
        _blobs[sha256]--;
        _world.Log.Add("store", $"{blob} is taken away");
        Add(new HistoryEvent.Taken(blob));
    }

    internal void LedgerReplaced()
    {
        _rows.Clear();
        Add(new HistoryEvent.LedgerReplaced());
    }

    /// <summary>The ledger's rows, after a commit.</summary>
    internal void Recorded(IReadOnlyList<LedgerRow> rows)
    {
        foreach (var forgotten in _rows.Keys.Except(rows.Select(row => row.Key)).ToList())
        {
            _rows.Remove(forgotten);
            _world.Log.Add("ledger", $"{PrintableUniqueId.Encode(forgotten.UniqueId)}/{forgotten.Generation} is forgotten");
            Add(new HistoryEvent.Forgotten(forgotten));
        }
        foreach (var row in rows)
        {
            var now = HistoryEvent.Recorded.Of(row);
            if (_rows.TryGetValue(row.Key, out var before) && before == now)
                continue;
            _rows[row.Key] = now;
            _world.Log.Add("ledger", $"{PrintableUniqueId.Encode(row.UniqueId)}/{row.Generation} is {row.State} {row.Stored?.BlobName}");
            Add(now);
        }
    }

    /// <summary>A poll has ended.</summary>
    internal void Polled(string worker, PollReport report)
    {
        var counts = report.Counts;
        _world.Log.Add(worker, $"polled: {report.Result}, {report.Sessions} sessions, listed {counts.Listed}, fetched {counts.Fetched}, "
            + $"stored earlier {counts.StoredEarlier}, skipped {counts.Skipped}, quarantined {counts.Quarantined}, failed {counts.Failed}, "
            + $"left {counts.Left}, deleted {report.Deleted}{(report.Failure is { } failure ? $": {failure.Sentence}" : "")}");
        Add(new HistoryEvent.Polled(counts));
        if (report.Result == PollResult.Bug)
            Breaks($"a poll ended as a bug: {report.Failure?.Sentence ?? "its account does not reconcile"}");
    }

    internal void Breaks(string sentence)
    {
        _violations.Add(sentence);
        _world.Log.Add("VIOLATION", sentence);
    }

    /// <summary>The end: everything has to be stored.</summary>
    internal void Settle()
    {
        foreach (var name in Unstored.ToList())
            Breaks($"{name} was never stored.");
    }

    /// <summary>Something happened in a session of the server.</summary>
    internal void Happened(int process, string server, ServerEvent happened)
    {
        _world.Pump.Check("the server");
        if (happened is not { Kind: ServerEventKind.Fault, Text: "no lock" })
            _world.Log.Add(server, $"{happened.Session} {happened}");
        var key = (process, happened.Session);
        if (happened.Kind == ServerEventKind.SignedIn)
        {
            Sessions++;
            _sessions[key] = new([.. _world.Account.Maildrop.Messages.Select(message => _names[message])]);
        }
        if (!_sessions.TryGetValue(key, out var session))
            return;
        switch (happened.Kind)
        {
            case ServerEventKind.Command:
                session.Current = happened;
                if (session.Named(happened) is { } marked && happened.Verb == "DELE" && !IsDurable(marked))
                    Breaks($"DELE was sent for {marked}, which no blob holds.");
                if (happened.Verb == "QUIT" && session.Retrieved.FirstOrDefault(name => !IsDurable(name)) is { } early)
                    Breaks($"QUIT was sent although {early} was RETR'd and no blob holds it.");
                break;
            case ServerEventKind.Answer when happened.Verb == "RETR" && happened.Text.StartsWith("+OK", StringComparison.Ordinal)
                && session.Current is { } command && session.Named(command) is { } retrieved:
                _retrieved.Add(retrieved);
                session.Retrieved.Add(retrieved);
                break;
            case ServerEventKind.Removed:
                Removed();
                break;
            case ServerEventKind.Closed:
                _sessions.Remove(key);
                break;
        }
    }

    void Removed()
    {
        var left = _world.Account.Maildrop.Messages.ToHashSet();
        foreach (var gone in _there.Where(message => !left.Contains(message)).ToList())
        {
            Removals++;
            _there.Remove(gone);
            _removedByUs.Add(gone);
            Add(new HistoryEvent.Removed(_names[gone], ByUs: true));
        }
    }

    void Add(HistoryEvent happened)
    {
        _history.Add(happened);
        for (; _historyTold < _history.Violations.Count; _historyTold++)
            Breaks($"{_history.Violations[_historyTold].Kind}: {_history.Violations[_historyTold]}");
    }

    /// <summary>Messages that are the same to the octet, and all octets that they are sent with.</summary>
    sealed record Letter(string Name, List<string> Sha256s);

    sealed class Session(IReadOnlyList<string> messages)
    {
        public ServerEvent? Current { get; set; }

        public HashSet<string> Retrieved { get; } = new(StringComparer.Ordinal);

        public string? Named(ServerEvent command) =>
            command.Message is { } number && number >= 1 && number <= messages.Count ? messages[number - 1] : null;
    }
}
