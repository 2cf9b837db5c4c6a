using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Somebody else at the same maildrop: another client, another worker with our ledger, another worker with a ledger of its own.</summary>
public class ConcurrencyTests
{
    [Fact]
    public async Task A_message_that_another_client_removed_is_no_failure_of_the_next_poll()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("UIDL", session: 1).StallAfter());
        var messages = Enumerable.Range(0, 3).Select(_ => world.Deliver()).ToList();
        await world.RestartServerAsync(faults => faults.At("RETR", message: 2, session: 1).Refuses("message 2 was removed by another session"));
        var report = await world.PollAsync();
        Assert.Equal((2, 1), (report.Counts.Fetched, report.Counts.Failed));
        world.Maildrop.Remove(messages[1].Message);
        var next = await world.RunAsync();
        Assert.Equal((0, 0, ExitCode.Ok), (next.Counts.Listed, next.Counts.Failed, next.ExitStatus));
        Assert.Contains(world.Log.Lines, line => line.Contains("left the server before it was stored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mailbox_that_another_worker_holds_is_skipped_quietly()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(2);
        await using (await world.Ledger.TakeLeaseAsync(world.Mailbox.Id, "elsewhere/1/1", TimeSpan.FromMinutes(2), _ => false, PollWorld.Stop))
        {
            var report = await world.PollAsync();
            Assert.True(report.HeldElsewhere);
            Assert.Equal(ExitCode.Ok, report.ExitStatus);
            Assert.Empty(world.Commands("USER"));
        }
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_lease_that_was_taken_over_in_the_middle_deletes_nothing()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("UIDL", session: 1).StallBefore());
        world.Deliver(2);
        using var stop = new CancellationTokenSource();
        var poll = world.RunAsync(stop: stop.Token);
        await world.Server.Events.WaitForAsync(happened => happened.Kind == ServerEventKind.Fault, PollWorld.Stop);
        Assert.NotNull(await world.Ledger.TakeLeaseAsync(world.Mailbox.Id, "elsewhere/1/1", TimeSpan.FromMinutes(2), _ => true, PollWorld.Stop));
        await stop.CancelAsync();
        Assert.NotNull((await poll).Failure);
        Assert.Equal(2, world.Maildrop.Count);
    }

    [Fact]
    public async Task Two_polls_of_one_mailbox_at_once_store_and_delete_everything_once()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(20);
        await Task.WhenAll(world.RunAsync(), world.RunAsync());
        await world.PollAsync();
        Assert.Equal(20, world.Stored);
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_workers_with_ledgers_of_their_own_store_everything_once(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = delete });
        world.Deliver(20);
        await using (var other = await world.OpenLedgerAsync("other"))
        {
            await Task.WhenAll(world.RunAsync(), world.RunAsync(ledger: other));
            await world.PollAsync();
            await world.PollAsync(ledger: other);
        }
        Assert.Equal(20, world.Stored);
        Assert.Equal(delete ? 0 : 20, world.Maildrop.Count);
    }
}
