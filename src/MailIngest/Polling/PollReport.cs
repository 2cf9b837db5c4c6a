using System.Collections.Concurrent;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>What one poll of one mailbox did. Its line reconciles: listed = fetched + stored earlier + skipped + quarantined + failed + left.</summary>
public sealed class PollReport(string mailbox)
{
    readonly List<SessionTally> _sessions = [];
    readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> _errors = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);
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

    /// <summary>Messages for which the server accepted DELE, in sessions whose QUIT it answered with <c>+OK</c>.</summary>
    public int Deleted { get; internal set; }

    /// <summary>Messages for which the server answered DELE and QUIT again and again, and which it lists still.</summary>
    public int KeptByServer => _kept.Count;

    /// <summary>The poll was told to end before its time.</summary>
    public bool Interrupted { get; internal set; }

    /// <summary>The poll was not begun, because the server or a suspension asks for patience until then; null: it was begun.</summary>
    public DateTimeOffset? Postponed { get; internal set; }

    /// <summary>A limit of the mailbox or of its server left messages behind that the next poll can fetch.</summary>
    public bool LimitCut { get; internal set; }

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

    /// <summary>How far the fetching is: messages and octets stored, and what the sessions so far set out to fetch. May be read while the poll runs.</summary>
    public (long Messages, long Octets, long PlannedMessages, long PlannedOctets) Progress =>
        (Interlocked.Read(ref _storedMessages), Interlocked.Read(ref _storedOctets), Interlocked.Read(ref _plannedMessages), Interlocked.Read(ref _plannedOctets));

    internal SessionTally Begin(MaildropListing listing)
    {
        var tally = new SessionTally(listing);
        _sessions.Add(tally);
        return tally;
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
        ?? (HeldElsewhere ? PollResult.Busy : !Counts.Reconciles ? PollResult.Bug : Counts.Failed > 0 || QuitRefused is not null ? PollResult.Dirty : PollResult.Ok);

    /// <summary>The exit code that this poll deserves (sysexits).</summary>
    public int ExitStatus =>
        Failure?.Code
        ?? (Counts.Failed + Counts.Quarantined > 0 || KeptByServer > 0 || (Interrupted && (Counts.Left > 0 || Sessions == 0)) || QuitRefused is not null || !Counts.Reconciles ? ExitCode.Temporary : ExitCode.Ok);
}
