using MailIngest.Ledger;
using MailIngest.Mailboxes;

namespace MailIngest.Polling;

/// <summary>
/// When a mailbox is polled next. No I/O and no clock: schedule, what the last poll left behind, and the time now in; a time out.
/// In the order of their rank: the server's patience, a failure, a limit, the mailbox's own schedule.
/// </summary>
public static class PollTimes
{
    /// <summary>The pause after the first failed poll, unless <c>every</c> is shorter.</summary>
    static readonly TimeSpan FirstBackOff = TimeSpan.FromMinutes(1);

    /// <summary>No pause is shorter: whatever a poll reports, a mailbox is never polled in a tight loop.</summary>
    static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>A suspended mailbox is not looked at more often than that.</summary>
    static readonly TimeSpan LeastSuspended = TimeSpan.FromMinutes(1);

    /// <summary>Another worker has the mailbox: it may die, and then we want to know soon.</summary>
    static readonly TimeSpan HeldElsewhere = TimeSpan.FromMinutes(2);

    /// <summary>A poll that began so shortly before a tick was begun by that tick: timers and clocks are no better than that.</summary>
    static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    /// <summary>The first poll of a mailbox that is new to this process, from what earlier processes left in the ledger.</summary>
    /// <param name="mailbox">Its schedule.</param>
    /// <param name="traits">What the ledger knows of it.</param>
    /// <param name="now">The present time, UTC.</param>
    /// <param name="jitter">0 to 1: the part of its jitter that this poll comes later; 0 for "not before".</param>
    /// <param name="spread">Mailboxes that are due at once are spread over that time, and never over more than their jitter.</param>
    public static DateTimeOffset First(
        Mailbox mailbox, MailboxTraits traits, DateTimeOffset now, double jitter = 0, TimeSpan spread = default)
    {
        var schedule = mailbox.Schedule;
        var atOnce = now + (jitter * TimeSpan.Min(schedule.Jitter, spread));
        if (traits.LastAttempt is not { } last)
            return Patient(traits, schedule.Every is null ? Regular(schedule, now, now, jitter) : atOnce, now);

        last = last < now ? last : now; // a clock that was ahead then must not silence the mailbox now
        var due = BacksOff(traits, now) ? last + BackOff(schedule, traits) : Regular(schedule, last + Early, last, jitter);
        return Patient(traits, due > now ? due : atOnce, now);
    }

    /// <summary>
    /// The poll after the file was changed: at once, or at the next tick of its cron expression if nothing is wrong with the mailbox.
    /// </summary>
    public static DateTimeOffset Changed(Mailbox mailbox, MailboxTraits traits, DateTimeOffset now, double jitter)
    {
        var healthy = traits.Failures is null or 0 && traits.SuspendedUntil is null;
        var at = mailbox.Schedule.Every is null && healthy ? Regular(mailbox.Schedule, now, now, jitter) : now;
        // A suspension was about the old file: the poll itself finds out whether it still holds.
        return Patient(traits, at, now);
    }

    /// <summary>The poll after one that has just ended.</summary>
    /// <param name="mailbox">As its file is now.</param>
    /// <param name="traits">As the poll left them.</param>
    /// <param name="report">What the poll did.</param>
    /// <param name="began">When it began.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="jitter">0 to 1: the part of its jitter that the next poll comes later.</param>
    public static DateTimeOffset Next(
        Mailbox mailbox, MailboxTraits traits, PollReport report, DateTimeOffset began, DateTimeOffset now, double jitter)
    {
        var schedule = mailbox.Schedule;
        var regular = Regular(schedule, began + Early, now, jitter);
        if (report.HeldElsewhere)
            return Patient(traits, Earlier(regular, now + HeldElsewhere), now);
        if (report.Failure?.Result == PollResult.Interrupted)
            return Patient(traits, regular, now);
        // To look whether the secret is still the one that was refused costs no sign-in.
        if (SignInRule.IsSuspended(traits, now))
            return Patient(traits, Later(regular, now + LeastSuspended), now);
        if (report.Postponed is { } patience)
            return Patient(traits, Later(now + Least, patience), now);
        if (report.Failure is not null || BacksOff(traits, now))
            return Patient(traits, now + BackOff(schedule, traits), now);
        // Only while it gets somewhere: a poll that a limit cut before the first message would be cut there again.
        if (mailbox.Greedy && report.LimitCut && (report.Progress.Messages > 0 || report.Deleted > 0))
            return Patient(traits, now, now);
        return Patient(traits, regular, now);
    }

    /// <summary>
    /// The mailbox's own schedule: after the end of the last poll, or the first tick since it began, which is at once when that was missed.
    /// </summary>
    static DateTimeOffset Regular(MailboxSchedule schedule, DateTimeOffset began, DateTimeOffset ended, double jitter)
    {
        if (schedule.Every is { } every)
            return ended + every + (jitter * schedule.Jitter);
        var tick = PollSchedule.TickAfter(schedule, began);
        return tick <= ended ? ended : tick + (jitter * schedule.Jitter);
    }

    static TimeSpan BackOff(MailboxSchedule schedule, MailboxTraits traits) =>
        Retries.BackOff(Math.Max(1, traits.Failures ?? 1), TimeSpan.Max(Least, TimeSpan.Min(schedule.Every ?? FirstBackOff, FirstBackOff)));

    static bool BacksOff(MailboxTraits traits, DateTimeOffset now) => traits.Failures > 0 && !SignInRule.IsSuspended(traits, now);

    /// <summary>No sooner than the server wants.</summary>
    static DateTimeOffset Patient(MailboxTraits traits, DateTimeOffset at, DateTimeOffset now) =>
        Later(at, SignInRule.Patience(traits, now));

    static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
