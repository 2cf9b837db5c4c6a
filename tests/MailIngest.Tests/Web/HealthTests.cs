using MailIngest.Polling;
using MailIngest.Web;
using Xunit;

namespace MailIngest.Tests.Web;

/// <summary>What the probes of Kubernetes are told.</summary>
public sealed class HealthTests
{
    [Fact]
    public void The_tick_that_is_waited_for_is_the_heartbeat_of_the_schedule() => Assert.Equal(PollSchedule.BeatPeriod, Health.TickPeriod);

    [Theory]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    [InlineData(-3600, true)] // the clock was set back: no reason for a restart
    public void Three_periods_without_a_tick_of_the_scheduler_are_death(int seconds, bool live) =>
        Assert.Equal(live, Health.Live(SampleStatus.Now.AddSeconds(-seconds), SampleStatus.Now).IsWell);

    [Fact]
    public void A_dead_scheduler_is_said_with_its_age() =>
        Assert.Equal(
            "not live: the scheduler was last seen 5 min ago\n", Health.Live(SampleStatus.Now.AddMinutes(-5), SampleStatus.Now).Text);

    [Fact]
    public void All_parts_well_is_ready() =>
        Assert.Equal(new(true, "ready\nconfiguration: ok\nledger: ok\nblob store: ok\n"), Health.Ready(SampleStatus.Of()));

    [Fact]
    public void A_ledger_that_cannot_be_read_is_named_and_unready() =>
        Assert.Equal(
            new(false, "not ready\nconfiguration: ok\nledger: database is locked\nblob store: ok\n"),
            Health.Ready(SampleStatus.Of() with { LedgerProblem = "database is locked" }));

    [Fact]
    public void A_blob_store_that_cannot_be_used_is_named_on_one_line_and_unready() =>
        Assert.Equal(
            new(false, "not ready\nconfiguration: ok\nledger: ok\nblob store: 403\\nledger: ok\n"),
            Health.Ready(SampleStatus.Of() with { StoreProblem = "403\nledger: ok" }));

    [Fact]
    public void A_wrong_file_is_named_and_the_worker_stays_ready_on_its_last_good_version() =>
        Assert.Equal(
            new(true, "ready\nconfiguration: the last good version is in force; to correct: sales.json:7: timeout is \"5 min\"; write "
                + "\"5m\"\nledger: ok\nblob store: ok\n"),
            Health.Ready(SampleStatus.Of() with { Problems = [new("sales.json", 7, "timeout", "is \"5 min\"; write \"5m\"")] }));

    [Fact]
    public void Mailboxes_that_fail_make_nobody_unready() =>
        Assert.True(Health.Ready(SampleStatus.Of(SampleStatus.Mailbox("sales", Status.MailboxState.Suspended))).IsWell);
}
