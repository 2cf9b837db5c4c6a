using MailIngest.Ledger;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>The small pure rules of a poll: its share, its result, what is learned from it, when the next tick is.</summary>
public class PollRulesTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 50, 50)]
    [InlineData(200, 50, 50)]
    [InlineData(30, 50, 30)]
    [InlineData(30, 0, 30)]
    public void A_session_takes_what_the_poll_may_and_no_more_than_is_committed_at_once(int maxMessages, int commitEvery, int messages)
    {
        var budget = new PollBudget(A.Mailbox() with { MaxMessagesPerSession = maxMessages, CommitEvery = commitEvery });
        Assert.Equal(messages == 0 ? 100 : messages, budget.ForSession().RoomFor(Enumerable.Repeat(1L, 100)));
    }

    [Fact]
    public void A_poll_whose_counts_contradict_each_other_is_a_bug_and_to_be_repeated()
    {
        var report = new PollReport("sales");
        var tally = report.Begin(A.Listing(("a", 1)));
        tally.Fetched(1, 10);
        tally.Settle(1, Outcome.Failed);
        report.Complete(TimeSpan.FromSeconds(1));
        Assert.Equal((PollResult.Bug, ExitCode.Temporary), (report.Result, report.ExitStatus));
        Assert.False(report.Counts.Balances);
    }

    [Fact]
    public void A_poll_whose_messages_all_ended_in_one_way_balances()
    {
        var report = new PollReport("sales");
        var tally = report.Begin(A.Listing(("a", 1), ("b", 1)));
        tally.Fetched(1, 10);
        tally.Settle(2, Outcome.Failed);
        report.Complete(TimeSpan.FromSeconds(1));
        Assert.Equal(PollResult.Dirty, report.Result);
        Assert.True(report.Counts.Balances);
    }

    [Fact]
    public void What_was_not_polled_teaches_nothing_about_failures()
    {
        var planned = new PlannedMailbox(A.Mailbox(), new() { Failures = 3 });
        planned.Learn(new("sales") { HeldElsewhere = true }, null);
        planned.Learn(new("sales") { Postponed = A.Noon }, null);
        planned.Learn(new("sales") { Failure = new(PollResult.Interrupted, ExitCode.Temporary, "stopped") }, null);
        Assert.Equal(3, planned.Traits.Failures);

        planned.Learn(new("sales") { Failure = new(PollResult.Network, ExitCode.Unavailable, "no network") }, null);
        planned.Learn(new("sales") { Failure = new(PollResult.Network, ExitCode.Unavailable, "no network") }, null);
        Assert.Equal(4, planned.Traits.Failures);
        planned.Learn(new("sales"), new MailboxTraits { Failures = 0 });
        Assert.Equal(0, planned.Traits.Failures);
    }

    [Fact]
    public void A_server_that_keeps_its_mail_is_asked_again_after_a_day_and_one_never_asked_keeps_nothing()
    {
        var row = A.Deleting("a", rounds: PollPlan.DeleteRounds);
        Assert.True(PollPlan.ServerKeeps(row, A.Noon));
        Assert.True(PollPlan.ServerKeeps(row, A.Noon.AddHours(23)));
        Assert.False(PollPlan.ServerKeeps(row, A.Noon.AddHours(25)));
        Assert.False(PollPlan.ServerKeeps(row, A.Noon.AddHours(-25))); // the clock was set back
        Assert.False(PollPlan.ServerKeeps(A.Deleting("a", rounds: PollPlan.DeleteRounds - 1), A.Noon));
        Assert.False(PollPlan.ServerKeeps(row with { DeletingAt = null }, A.Noon));
    }

    [Fact]
    public void A_message_that_came_back_after_it_was_gone_and_was_deleted_again_is_confirmed_gone_again()
    {
        var deletedAgain = A.Gone("a") with { DeletingAt = A.Noon.AddHours(1) };
        var plan = PollPlan.Decide(
            A.Listing(("other", 1)), [deletedAgain, A.Gone("b")], A.Mailbox(), new FetchBudget(0, 0), new HashSet<string>(), alone: false, A.Noon);
        Assert.Equal(["a"], plan.Gone.Select(row => row.UniqueId));
    }

    [Fact]
    public void A_cron_expression_that_never_comes_true_is_looked_at_again_in_a_year() =>
        Assert.Equal(A.Noon.AddYears(1), PollSchedule.TickAfter(new("0 0 30 2 *", null, TimeZoneInfo.Utc), A.Noon));

    [Fact]
    public void The_longer_and_the_shorter_of_two_times_do_not_depend_on_their_order()
    {
        var (one, two) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        Assert.Equal((two, two), (TimeSpan.Max(one, two), TimeSpan.Max(two, one)));
        Assert.Equal((one, one), (TimeSpan.Min(one, two), TimeSpan.Min(two, one)));
    }

    [Fact]
    public void A_result_without_a_name_is_a_bug_and_no_label() => Assert.Throws<InvalidOperationException>(
        () => PollMetrics.ResultOf(new("sales") { Failure = new((PollResult)99, ExitCode.Software, "no") }));
}
