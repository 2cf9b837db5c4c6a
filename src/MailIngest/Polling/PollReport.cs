using System.Collections.Concurrent;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What one poll of one mailbox did. Its line reconciles: listed = fetched + stored earlier + skipped + quarantined + failed + left.
/// </summary>
public sealed class PollReport(string mailbox)
{
    readonly List<SessionTally> _sessions = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> _errors = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _anomalies = new(StringComparer.Ordinal);
    bool _oneFailedTried;
    int _duplicates;
    int _quarantined;
    long _storedMessages;
    long _storedOctets;
    long _plannedMessages;
    long _plannedOctets;

    /// <summary>The mailbox's id.</summary>
    public string Mailbox { get; } = mailbox;

    /// <summary>Another worker holds the mailbox: nothing was done, and nothing is wrong.</summary>
    public bool HeldElsewhere { get; internal set; }

    /// <summary>Why the poll ended early, or null.</summary>
    public PollFailure? Failure { get; internal set; }

    /// <summary>
    /// Nothing more is to be tried before then, whatever the schedule says: the server asked for patience (alone, this is no failure: the
    /// poll was quietly not begun), it refuses for good, the sign-in is suspended, or the blob store is down. Null: the schedule decides.
    /// </summary>
    public DateTimeOffset? Postponed { get; internal set; }

    /// <summary>A limit of this poll left messages behind that another poll would take at once.</summary>
    public bool LimitCut => CutByLimit && Counts.Left > 0;

    /// <summary>The server has refused user or password in this poll.</summary>
    public bool CredentialsRefused { get; internal set; }

    /// <summary>The failure was found here, before anybody was signed in to.</summary>
    internal bool WasLocal { get; set; }

    internal bool CutByLimit { get; set; }

    /// <summary>Messages that failed in an earlier poll waited all through this one, and none of them had its turn.</summary>
    internal bool PutOff { get; private set; }

    /// <summary>Messages that were retrieved and turned out to be stored already.</summary>
    public int Duplicates => _duplicates;

    /// <summary>Listings and messages whose unique-ids break RFC 1939 §7, by kind: <c>reused</c> (messages), <c>duplicate</c>,
    /// <c>changed</c>,
    /// <c>missing</c> (listings).</summary>
    public IReadOnlyDictionary<string, int> Anomalies
    {
        get
        {
            lock (_anomalies)
                return new Dictionary<string, int>(_anomalies);
        }
    }

    /// <summary>Messages for which the server accepted DELE, in sessions whose QUIT it answered with <c>+OK</c>.</summary>
    public int Deleted { get; internal set; }

    /// <summary>Another worker took the mailbox over while we polled it.</summary>
    public bool LeaseLost { get; internal set; }

    /// <summary>Messages that this poll put aside; those put aside before are not counted.</summary>
    public int NewlyQuarantined => _quarantined;

    /// <summary>Messages for which the server answered DELE and QUIT again and again, and which it lists still.</summary>
    public int KeptByServer => _kept.Count;

    /// <summary>The poll was told to end before its time.</summary>
    public bool Interrupted { get; internal set; }

    /// <summary>What QUIT was answered when it was not <c>+OK</c>.</summary>
    public string? QuitRefused { get; internal set; }

    /// <summary>How long the poll took.</summary>
    public TimeSpan Elapsed { get; internal set; }

    /// <summary>How many sessions it took.</summary>
    public int Sessions => _sessions.Count;

    /// <summary>Unique-ids (or places) of the messages that failed in this poll.</summary>
    internal IReadOnlySet<string> FailedMessages => _failed;

    /// <summary>Why messages failed, each reason with its count.</summary>
    public IReadOnlyDictionary<string, int> Errors => _errors;

    /// <summary>How each listed message ended, over all sessions.</summary>
    public PollCounts Counts { get; private set; } = new();

    /// <summary>
    /// How far the fetching is: messages and octets stored, and what the sessions so far set out to fetch. May be read while the poll runs.
    /// </summary>
    public (long Messages, long Octets, long PlannedMessages, long PlannedOctets) Progress =>
        (Interlocked.Read(ref _storedMessages), Interlocked.Read(ref _storedOctets), Interlocked.Read(ref _plannedMessages),
            Interlocked.Read(ref _plannedOctets));

    /// <param name="listing">What the session lists.</param>
    /// <param name="wasKnown">Whether a message, by its name, is one of those that it only counts.</param>
    internal SessionTally Begin(MaildropListing listing, Func<string, bool>? wasKnown = null)
    {
        if (_sessions is [.., var last])
            _names.UnionWith(last.Listed.Select(last.NameOf).OfType<string>());
        var tally = new SessionTally(listing) { KnownAgain = listing.Known == 0 || wasKnown is null ? [] : [.. _names.Where(wasKnown)] };
        _sessions.Add(tally);
        return tally;
    }

    internal void Decided(PollPlan plan)
    {
        _oneFailedTried |= plan.OneFailedTries;
        PutOff = !_oneFailedTried && plan.Messages.Any(message => message.Verdict == Verdict.Retry);
    }

    internal void Planned(long messages, long octets)
    {
        Interlocked.Add(ref _plannedMessages, messages);
        Interlocked.Add(ref _plannedOctets, octets);
    }

    internal void Stored(long octets)
    {
        Interlocked.Increment(ref _storedMessages);
        Interlocked.Add(ref _storedOctets, octets);
    }

    internal void Quarantined() => Interlocked.Increment(ref _quarantined);

    internal void Duplicate() => Interlocked.Increment(ref _duplicates);

    internal void Anomaly(string kind)
    {
        lock (_anomalies)
            _anomalies[kind] = _anomalies.GetValueOrDefault(kind) + 1;
    }

    internal void Failed(ListedMessage listed, string error)
    {
        lock (_errors)
        {
            _failed.Add(PollPlan.FailedName(listed));
            _errors[error] = _errors.GetValueOrDefault(error) + 1;
        }
    }

    internal void Kept(ListedMessage listed) => _kept[PollPlan.FailedName(listed)] = true;

    internal void Complete(TimeSpan elapsed)
    {
        Elapsed = elapsed;
        Counts = PollCounts.Of(_sessions);
    }

    /// <summary>How the poll ended.</summary>
    public PollResult Result =>
        Failure?.Result
        ?? (HeldElsewhere || Postponed is not null ? PollResult.Busy
            : !Counts.Reconciles ? PollResult.Bug
            : Counts.Failed > 0 || QuitRefused is not null ? PollResult.Dirty
            : PollResult.Ok);

    /// <summary>The exit code that this poll deserves (sysexits).</summary>
    public int ExitStatus =>
        Failure?.Code
        ?? (Counts.Failed + Counts.Quarantined > 0 || KeptByServer > 0 || (Interrupted && (Counts.Left > 0 || Sessions == 0))
            || QuitRefused is not null || !Counts.Reconciles
            ? ExitCode.Temporary
            : ExitCode.Ok);
}
