using Xunit;

namespace MailIngest.Tests.Polling.Attacks;

/// <summary>What a poll says about itself: counts, exit codes and log lines are right, and a server's fault is not called a bug of ours.</summary>
public class NothingIsUntrue
{
    static void AssertNoBug(PollWorld world) =>
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("please report", StringComparison.Ordinal));

    [Fact]
    public async Task An_honest_server_is_reported_as_it_is()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(5);
        var report = await world.PollWithinAsync(sessions: 1);
        Assert.Equal((5, 5, 5, ExitCode.Ok), (report.Counts.Listed, report.Counts.Fetched, report.Deleted, report.ExitStatus));
        await world.PollWithinAsync(sessions: 1);
        AssertNoBug(world);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task An_order_to_stop_fetching_is_no_bug_and_its_exit_code_says_that_mail_is_left()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(2);
        var report = await world.PollAsync(enough: new CancellationToken(canceled: true));
        AssertNoBug(world);
        Assert.Equal(2, report.Counts.Left);
        Assert.Equal(ExitCode.Temporary, report.ExitStatus);
    }

    [Fact]
    public async Task Absurd_LIST_sizes_are_the_servers_fault_and_not_a_bug_of_ours()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("LIST").SaysOctets(1, long.MaxValue).At("LIST").SaysOctets(2, long.MaxValue));
        world.Deliver(2);
        var report = await world.PollWithinAsync(sessions: 4);
        AssertNoBug(world);
        Assert.NotEqual(ExitCode.Software, report.ExitStatus);
        Assert.Equal((2, 0, 2), (report.Counts.Failed, world.Stored, world.Maildrop.Count));
    }

    [Fact]
    public async Task A_refused_DELE_is_not_reported_as_deleted()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("DELE").Refuses("locked"));
        world.Deliver(1);
        var report = await world.PollWithinAsync(sessions: 1);
        Assert.Equal((1, 0), (report.Counts.Fetched, report.Deleted));
        Assert.Equal(1, world.Maildrop.Count);
    }

    [Fact]
    public async Task Counts_are_true_without_unique_ids()
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { Uidl = false }, mailbox: mailbox => mailbox with { CommitEvery = 2 });
        for (var n = 0; n < 4; n++)
            world.Deliver(octets: 300 + (10 * n));
        var report = await world.PollWithinAsync(sessions: 3);
        Assert.Equal((4, 4, 0), (report.Counts.Listed, report.Counts.Fetched, report.Counts.Left));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_seen_by_the_ledger_is_not_called_vanished_when_only_its_UIDL_line_is_missing()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, session: 1).Refuses("no").At("UIDL", session: 2).LeavesOut(1),
            mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(2);
        Assert.Equal(1, (await world.PollWithinAsync(sessions: 1)).Counts.Failed);
        await world.PollWithinAsync(sessions: 2);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("left the server before it was stored", StringComparison.Ordinal));
        world.AssertAllStored();
    }
}
