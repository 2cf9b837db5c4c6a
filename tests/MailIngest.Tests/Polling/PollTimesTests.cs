using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>When a mailbox is polled next: each rule, and which of two wins.</summary>
public sealed class PollTimesTests
{
    static readonly DateTimeOffset Now = A.Noon;
    static readonly Mailbox EveryFive = A.Mailbox();
    static readonly Mailbox Nightly = Cron("0 2 * * *");
    static readonly MailboxTraits Known = new() { LastAttempt = Now.AddMinutes(-1) };
    static readonly MailboxTraits Failed = Known with { Failures = 1 };
    static readonly PollFailure InUse = new(PollResult.Busy, 75, "the maildrop is in use");

    static DateTimeOffset NextNight => new(2026, 6, 2, 2, 0, 0, TimeSpan.Zero);

    // The poll after one that has just ended.

    [Fact]
    public void A_pause_is_counted_from_the_end_of_the_poll() =>
        Assert.Equal(Now.AddMinutes(5), Next(EveryFive, began: Now.AddHours(-1)));

    [Fact]
    public void A_cron_expression_fires_at_its_next_tick() => Assert.Equal(NextNight, Next(Nightly));

    [Fact]
    public void A_tick_that_passed_while_the_poll_ran_is_made_up_for_once()
    {
        var hourly = Cron("0 * * * *");
        Assert.Equal(Now.AddMinutes(10), Next(hourly, began: Now.AddHours(-3), now: Now.AddMinutes(10)));
        Assert.Equal(Now.AddHours(1), Next(hourly, began: Now.AddMinutes(10), now: Now.AddMinutes(20)));
    }

    [Fact]
    public void A_poll_that_began_a_moment_before_its_tick_was_that_tick() =>
        Assert.Equal(Now.AddHours(1), Next(Cron("0 * * * *"), began: Now.AddMilliseconds(-2), now: Now.AddSeconds(3)));

    [Fact]
    public void Jitter_comes_on_top_and_is_another_part_each_time()
    {
        var mailbox = EveryFive with { Schedule = EveryFive.Schedule with { Jitter = TimeSpan.FromMinutes(2) } };
        Assert.Equal(Now.AddMinutes(5.5), Next(mailbox, jitter: 0.25));
        Assert.Equal(Now.AddMinutes(7), Next(mailbox, jitter: 1));
        var nightly = Nightly with { Schedule = Nightly.Schedule with { Jitter = TimeSpan.FromMinutes(2) } };
        Assert.Equal(NextNight.AddMinutes(1), Next(nightly, jitter: 0.5));
    }

    [Theory, InlineData(1, 60), InlineData(2, 120), InlineData(3, 240), InlineData(7, 3600), InlineData(1000, 3600)]
    public void A_failing_mailbox_backs_off_from_a_minute_to_an_hour(int failures, int seconds)
    {
        Assert.Equal(Now.AddSeconds(seconds), Next(EveryFive, Known with { Failures = failures }, new("sales") { Failure = InUse }));
        Assert.Equal(Now.AddSeconds(seconds), Next(Nightly, Known with { Failures = failures }, new("sales") { Failure = InUse }));
    }

    [Fact]
    public void A_mailbox_that_is_polled_more_often_begins_to_back_off_from_its_own_pause() =>
        Assert.Equal(
            Now.AddSeconds(20), Next(Every(TimeSpan.FromSeconds(10)), Known with { Failures = 2 }, new("sales") { Failure = InUse }));

    [Fact]
    public void A_failure_that_the_ledger_could_not_note_counts_all_the_same() =>
        Assert.Equal(Now.AddMinutes(1), Next(Nightly, Known, new("sales") { Failure = InUse }));

    [Fact]
    public void A_poll_that_was_interrupted_has_not_failed() =>
        Assert.Equal(Now.AddMinutes(5), Next(EveryFive, Failed, new("sales") { Failure = new(PollResult.Interrupted, 75, "interrupted") }));

    [Fact]
    public void A_mailbox_held_elsewhere_is_tried_at_its_own_time_and_within_two_minutes()
    {
        Assert.Equal(Now.AddMinutes(2), Next(EveryFive, report: new("sales") { HeldElsewhere = true }));
        Assert.Equal(Now.AddMinutes(2), Next(Nightly, report: new("sales") { HeldElsewhere = true }));
        Assert.Equal(Now.AddSeconds(10), Next(Every(TimeSpan.FromSeconds(10)), Failed, new("sales") { HeldElsewhere = true }));
    }

    [Fact]
    public void A_greedy_mailbox_is_polled_again_at_once_while_a_limit_cuts_it_short()
    {
        var greedy = EveryFive with { Greedy = true };
        Assert.Equal(Now, Next(greedy, report: Cut()));
        Assert.Equal(Now.AddMinutes(5), Next(EveryFive, report: Cut()));
        Assert.Equal(Now.AddMinutes(5), Next(greedy));
    }

    [Fact]
    public void A_greedy_mailbox_that_gets_nowhere_is_not_polled_in_a_loop() =>
        Assert.Equal(Now.AddMinutes(5), Next(EveryFive with { Greedy = true }, report: Cut(stored: 0)));

    [Fact]
    public void The_patience_that_the_server_asks_for_outranks_everything()
    {
        var patient = Failed with { NotBefore = Now.AddHours(2) };
        Assert.Equal(Now.AddHours(2), Next(EveryFive, patient));
        Assert.Equal(Now.AddHours(2), Next(EveryFive with { Greedy = true }, patient with { Failures = null }, Cut()));
        Assert.Equal(Now.AddHours(2), Next(EveryFive, patient, new("sales") { HeldElsewhere = true }));
        Assert.Equal(Now.AddHours(2), PollTimes.First(EveryFive, patient, Now));
        Assert.Equal(Now.AddHours(2), PollTimes.Changed(EveryFive, patient, Now, 0));
        Assert.Equal(NextNight, Next(Nightly, patient with { Failures = null }));
    }

    [Fact]
    public void A_poll_that_was_put_off_is_made_up_for_when_the_server_allows_it()
    {
        Assert.Equal(Now.AddMinutes(1), Next(Nightly, Failed, new("sales") { Postponed = Now.AddMinutes(1) }));
        Assert.Equal(Now.AddSeconds(1), Next(Nightly, Failed, new("sales") { Postponed = Now.AddMinutes(-1) }));
    }

    public static TheoryData<DateTimeOffset> Suspensions => [Now.AddHours(6), DateTimeOffset.MaxValue];

    [Theory, MemberData(nameof(Suspensions))]
    public void A_suspended_mailbox_is_looked_at_at_its_own_times_because_its_secret_may_have_changed(DateTimeOffset until)
    {
        var suspended = Known with { Failures = 9, SignInMark = "mark", SuspendedUntil = until };
        var report = new PollReport("sales") { Postponed = until, Failure = new(PollResult.Auth, 77, "refused") };
        Assert.Equal(Now.AddMinutes(5), Next(EveryFive, suspended, report));
        Assert.Equal(NextNight, Next(Nightly, suspended, report));
        Assert.Equal(Now.AddMinutes(1), Next(Every(TimeSpan.FromSeconds(2)), suspended, report));
        Assert.Equal(Now.AddMinutes(4), PollTimes.First(EveryFive, suspended, Now));
    }

    // The first poll of a process.

    [Fact]
    public void A_new_mailbox_is_polled_at_once_or_at_its_first_tick()
    {
        Assert.Equal(Now, PollTimes.First(EveryFive, new(), Now));
        Assert.Equal(NextNight, PollTimes.First(Nightly, new(), Now));
    }

    [Fact]
    public void Many_that_are_due_at_once_are_spread_but_over_no_more_than_their_jitter()
    {
        var mailbox = EveryFive with { Schedule = EveryFive.Schedule with { Jitter = TimeSpan.FromMinutes(2) } };
        Assert.Equal(Now.AddSeconds(25), PollTimes.First(mailbox, new(), Now, 0.5, TimeSpan.FromSeconds(50)));
        Assert.Equal(Now.AddMinutes(1), PollTimes.First(mailbox, new(), Now, 0.5, TimeSpan.FromHours(1)));
        Assert.Equal(Now, PollTimes.First(EveryFive, new(), Now, 0.5, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_restart_does_not_poll_earlier_than_the_pause_allows()
    {
        Assert.Equal(Now.AddMinutes(4), PollTimes.First(EveryFive, Known, Now));
        Assert.Equal(Now, PollTimes.First(EveryFive, Known with { LastAttempt = Now.AddHours(-1) }, Now));
    }

    [Fact]
    public void A_tick_that_passed_while_the_worker_was_down_is_made_up_for_at_its_start()
    {
        Assert.Equal(Now, PollTimes.First(Nightly, new() { LastAttempt = Now.AddDays(-1) }, Now));
        Assert.Equal(NextNight, PollTimes.First(Nightly, new() { LastAttempt = Now.Date.AddHours(2) }, Now));
        Assert.Equal(NextNight, PollTimes.First(Nightly, new() { LastAttempt = Now.AddHours(-10).AddMilliseconds(-2) }, Now));
    }

    [Fact]
    public void A_back_off_survives_a_restart()
    {
        Assert.Equal(Now.AddMinutes(7), PollTimes.First(EveryFive, Known with { Failures = 4 }, Now));
        Assert.Equal(Now, PollTimes.First(Nightly, Failed, Now));
    }

    [Fact]
    public void A_clock_that_was_ahead_when_the_last_poll_was_noted_silences_nothing()
    {
        var ahead = new MailboxTraits { LastAttempt = Now.AddYears(3) };
        Assert.Equal(Now.AddMinutes(5), PollTimes.First(EveryFive, ahead, Now));
        Assert.Equal(NextNight, PollTimes.First(Nightly, ahead, Now));
        Assert.Equal(Now.AddMinutes(1), PollTimes.First(Nightly, ahead with { Failures = 1 }, Now));
    }

    // The poll after a change of the file.

    [Fact]
    public void A_changed_mailbox_is_polled_at_once_unless_its_clock_times_are_kept_and_nothing_is_wrong()
    {
        Assert.Equal(
            Now, PollTimes.Changed(EveryFive, Failed with { SignInMark = "mark", SuspendedUntil = DateTimeOffset.MaxValue }, Now, 1));
        Assert.Equal(Now, PollTimes.Changed(Nightly, Failed, Now, 1));
        Assert.Equal(NextNight, PollTimes.Changed(Nightly, Known, Now, 1));
    }

    static DateTimeOffset Next(
        Mailbox mailbox, MailboxTraits? traits = null, PollReport? report = null, DateTimeOffset? began = null, DateTimeOffset? now = null,
            double jitter = 0) =>
        PollTimes.Next(mailbox, traits ?? Known, report ?? new("sales"), began ?? Now.AddMinutes(-1), now ?? Now, jitter);

    static Mailbox Cron(string cron) => A.Mailbox() with { Schedule = new(cron, null, TimeZoneInfo.Utc) };

    static Mailbox Every(TimeSpan every) => A.Mailbox() with { Schedule = new(null, every, TimeZoneInfo.Utc) };

    /// <summary>A limit left a message behind.</summary>
    static PollReport Cut(int stored = 1)
    {
        var report = new PollReport("sales") { CutByLimit = true };
        report.Begin(A.Listing(("left", 500)));
        report.Complete(TimeSpan.Zero);
        for (var i = 0; i < stored; i++)
            report.Stored(500);
        return report;
    }
}
