using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>
/// Polls each mailbox when <see cref="PollTimes"/> says so, round after round: the end of each poll sets the time of the next. Mailboxes
/// come, change and go meanwhile; a running poll ends under the settings that it began with. No mailbox has two polls at once, and none is
/// forgotten.
/// </summary>
/// <param name="poll">Polls a mailbox that was due then.</param>
/// <param name="traits">What the ledger knows of a mailbox.</param>
/// <param name="clock">The clock that the schedules follow.</param>
/// <param name="log">Is told of a mailbox that could not be scheduled, and of bugs.</param>
sealed class PollRounds(
    Func<Mailbox, DateTimeOffset, Task<PollReport>> poll, Func<string, Task<MailboxTraits>> traits, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    /// <summary>Between the first polls of mailboxes that are due together: a thousand begin within 50 s, if their jitter allows.</summary>
    static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(50);

    /// <summary>What is due for that long and does not run has been lost on the way.</summary>
    static readonly TimeSpan Overdue = TimeSpan.FromMinutes(1);

    /// <summary>The clock was set back, not merely corrected.</summary>
    static readonly TimeSpan SetBack = TimeSpan.FromSeconds(5);

    readonly Dictionary<string, PlannedMailbox> _planned = new(StringComparer.Ordinal);
    readonly HashSet<string> _running = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _gate = new(1); // over the two above, and over what the schedule is told of them
    PollSchedule? _schedule;
    ITimer? _watch;
    bool _ended;
    (DateTimeOffset Wall, long Stamp) _seen;

    /// <summary>Is told when each mailbox is due next.</summary>
    public Action<string, DateTimeOffset> Due { get; init; } = (_, _) => { };

    /// <summary>Is told about every 10 s that the scheduler is alive.</summary>
    public Action Ticked { get; init; } = () => { };

    /// <summary>A number from 0 to 1, another for each poll: its part of the jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>Begins. Nothing is polled before <see cref="ApplyAsync(IReadOnlyList{Mailbox})"/>.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        _schedule = new PollSchedule(PollAsync, BeatAsync, clock);
        await _schedule.StartAsync(stop);
        _seen = (clock.GetUtcNow(), clock.GetTimestamp());
        // Runs by itself, whatever the clock says: see WatchClockAsync.
        _watch = clock.CreateTimer(_ => _ = WatchClockAsync(), null, PollSchedule.BeatPeriod, PollSchedule.BeatPeriod);
    }

    /// <summary>From now on these are the mailboxes to poll: new ones are added, changed ones replaced, and the others removed.</summary>
    public async Task ApplyAsync(IReadOnlyList<Mailbox> mailboxes)
    {
        var known = new Dictionary<string, MailboxTraits>(StringComparer.Ordinal);
        foreach (var mailbox in mailboxes)
            known[mailbox.Id] = await TraitsAsync(mailbox.Id) ?? new();

        await AloneAsync(async () =>
        {
            foreach (var gone in _planned.Keys.Except(known.Keys).ToList())
            {
                _planned.Remove(gone);
                await OneAsync(() => _schedule!.RemoveAsync(gone));
            }
            foreach (var mailbox in mailboxes)
                await OneAsync(() => ApplyAsync(mailbox, known[mailbox.Id], Stagger * mailboxes.Count));
        });
    }

    /// <summary>A bug about one mailbox must not keep those after it from being planned: nobody would tell of them again.</summary>
    async Task OneAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception bug)
        {
            log.Bug(bug);
        }
    }

    async Task ApplyAsync(Mailbox mailbox, MailboxTraits known, TimeSpan spread)
    {
        var now = clock.GetUtcNow();
        if (!_planned.TryGetValue(mailbox.Id, out var planned))
        {
            _planned[mailbox.Id] = planned = new(mailbox, known);
            await PlanAsync(planned, PollTimes.First(mailbox, known, now, Random(), spread));
            return;
        }
        var isChanged = planned.Mailbox.Revision != mailbox.Revision;
        planned.Mailbox = mailbox;
        if (isChanged && !_running.Contains(mailbox.Id)) // if it runs, its end looks at what is in force then
            await PlanAsync(planned, PollTimes.Changed(mailbox, known, now, Random()));
    }

    /// <summary>
    /// The mailbox is due. A scheduler's guard is per job: a job that was removed and added again would not wait for its old poll.
    /// </summary>
    async Task PollAsync(string id)
    {
        (Mailbox Mailbox, DateTimeOffset Due)? turn = null;
        await AloneAsync(() =>
        {
            if (_planned.TryGetValue(id, out var planned) && _running.Add(id))
                turn = (planned.Mailbox, planned.Due);
            return Task.CompletedTask;
        });
        if (turn is not var (mailbox, due))
            return;

        var began = clock.GetUtcNow();
        var report = await RunAsync(mailbox, due);
        var left = await TraitsAsync(id);
        await EndAsync(mailbox, report, left, began);
    }

    async Task<PollReport> RunAsync(Mailbox mailbox, DateTimeOffset due)
    {
        try
        {
            return await poll(mailbox, due);
        }
        catch (Exception bug)
        {
            log.Bug(bug);
            return new(mailbox.Id) { Failure = new(PollResult.Bug, ExitCode.Software, bug.Message) };
        }
    }

    /// <summary>Whatever has become of the mailbox meanwhile (changed, removed, added again): what is in force now gets its time.</summary>
    Task EndAsync(Mailbox polled, PollReport report, MailboxTraits? left, DateTimeOffset began) => AloneAsync(async () =>
    {
        _running.Remove(polled.Id);
        if (!_planned.TryGetValue(polled.Id, out var planned))
            return;
        planned.Learn(report, left);
        planned.IsScheduled = false; // until it is: the heartbeat mends what fails from here on
        var now = clock.GetUtcNow();
        await PlanAsync(planned, planned.Mailbox.Revision == polled.Revision
            ? PollTimes.Next(planned.Mailbox, planned.Traits, report, began, now, Random())
            : PollTimes.Changed(planned.Mailbox, planned.Traits, now, Random()));
    });

    /// <summary>Tells the schedule. What it refuses is said, and tried again with the next heartbeat.</summary>
    async Task PlanAsync(PlannedMailbox planned, DateTimeOffset due)
    {
        var id = planned.Mailbox.Id;
        (planned.Due, planned.MissedSince, planned.IsScheduled) = (due, null, false);
        try
        {
            await _schedule!.SetAsync(id, due);
            Due(id, due);
            planned.IsScheduled = true;
        }
        catch (Exception refused)
        {
            log.NotScheduled(refused, id);
        }
    }

    /// <summary>Says that the scheduler is alive, and looks for mailboxes that it has lost.</summary>
    Task BeatAsync()
    {
        Ticked();
        return AloneAsync(async () =>
        {
            var now = clock.GetUtcNow();
            foreach (var planned in Idle)
            {
                if (planned.Due < now)
                    planned.MissedSince ??= clock.GetTimestamp();
                if (!planned.IsScheduled || (planned.MissedSince is { } since && clock.GetElapsedTime(since) > Overdue))
                {
                    log.ScheduledAgain(planned.Mailbox.Id, planned.Due);
                    await PlanAsync(planned, planned.Due > now ? planned.Due : now);
                }
            }
        });
    }

    /// <summary>
    /// A clock that is set back would silence every mailbox, and the heartbeat, until it has caught up. (One that is set forward needs
    /// nothing: what is overdue then is polled once.)
    /// </summary>
    Task WatchClockAsync() => AloneAsync(async () =>
    {
        var now = clock.GetUtcNow();
        var back = _seen.Wall + clock.GetElapsedTime(_seen.Stamp) - now;
        _seen = (now, clock.GetTimestamp());
        if (back < SetBack)
            return;
        log.ClockSetBack(ConfigDuration.Format(back));
        foreach (var planned in Idle)
            await OneAsync(() => PlanAsync(planned, PollTimes.First(planned.Mailbox, planned.Traits, now, Random(), Stagger * _planned.Count)));
        await _schedule!.SetBeatAsync();
    });

    IEnumerable<PlannedMailbox> Idle => _planned.Values.Where(planned => !_running.Contains(planned.Mailbox.Id));

    /// <summary>
    /// One change at a time, none after the end. A bug in one is told, and stops no other: the heartbeat mends what it has left.
    /// </summary>
    async Task AloneAsync(Func<Task> change)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_ended)
                await change();
        }
        catch (Exception bug)
        {
            log.Bug(bug);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Null when the ledger does not tell: then what was known before holds.</summary>
    async Task<MailboxTraits?> TraitsAsync(string id)
    {
        try
        {
            return await traits(id);
        }
        catch (LedgerException failure)
        {
            log.TraitsUnknown(id, failure.Message);
        }
        catch (OperationCanceledException)
        {
            // The worker ends: no next poll is to be timed.
        }
        catch (Exception bug)
        {
            log.Bug(bug);
        }
        return null;
    }

    /// <summary>No new poll begins; the running ones are waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await AloneAsync(() => Task.FromResult(_ended = true));
        if (_watch is not null)
            await _watch.DisposeAsync();
        if (_schedule is not null)
            await _schedule.DisposeAsync();
    }
}
