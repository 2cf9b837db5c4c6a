using MailIngest.Polling;
using MailIngest.Tests.DeliveryPromise;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A store that takes longer than a server likes to wait: NOOP keeps the session, and its loss costs no stored message.</summary>
public class KeepAliveTests
{
    [Fact]
    public async Task While_a_message_is_being_stored_NOOP_keeps_the_session_and_its_deletion_follows()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(1);
        var report = await PollWithSlowStoreAsync(world);
        Assert.Null(report.Failure);
        Assert.NotEmpty(world.Commands("NOOP"));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_the_server_hangs_up_meanwhile_the_message_is_stored_all_the_same_and_not_fetched_again()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("NOOP", times: 1).CutBefore());
        var message = world.Deliver();
        var report = await PollWithSlowStoreAsync(world);
        Assert.Equal(PollResult.Network, report.Failure!.Result);
        Assert.True(world.IsStored(message) && world.Holds(message));

        await world.PollAsync();
        Assert.Single(world.Commands("RETR"));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_poll_that_is_stopped_meanwhile_lets_the_store_finish_and_deletes_nothing()
    {
        await using var world = await PollWorld.CreateAsync();
        var message = world.Deliver();
        using var stop = new CancellationTokenSource();
        var (begun, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        var store = new FaultyStore(world.Blobs);
        store.Once(StoreCall.Committed, () =>
        {
            begun.SetResult();
            return done.Task;
        });
        var poll = world.RunAsync(store, stop: stop.Token);
        await begun.Task;
        await stop.CancelAsync();
        Assert.False(poll.IsCompleted);
        done.SetResult();
        var report = await poll;
        Assert.Equal(PollResult.Interrupted, report.Result);
        Assert.Empty(world.Commands("NOOP"));
        Assert.True(world.IsStored(message) && world.Holds(message));
        await world.PollAsync();
        world.AssertAllMoved();
    }

    /// <summary>A poll whose commit is answered only after the server has received a NOOP.</summary>
    static async Task<PollReport> PollWithSlowStoreAsync(PollWorld world)
    {
        var (begun, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        var store = new FaultyStore(world.Blobs);
        store.Once(StoreCall.Commit, () =>
        {
            begun.SetResult();
            return done.Task;
        });
        var noop = world.Server.Events.WaitForAsync(happened => happened.IsCommand("NOOP"), PollWorld.Stop);
        var poll = world.RunAsync(store);
        await begun.Task;
        // The poll begins to wait in a moment: fake time passes until it has.
        await RoundsWorld.EventuallyAsync(() =>
        {
            if (!noop.IsCompleted)
                world.Clock.Advance(TimeSpan.FromSeconds(2));
            return noop.IsCompleted;
        });
        done.SetResult();
        return await poll;
    }
}
