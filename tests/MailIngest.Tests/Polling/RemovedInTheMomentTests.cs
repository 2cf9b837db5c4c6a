using MailIngest.Mailboxes;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>A mailbox that is removed in the very moment when it is due.</summary>
public sealed class RemovedInTheMomentTests
{
    [Fact]
    public async Task A_mailbox_that_is_removed_between_its_tick_and_its_turn_is_not_polled()
    {
        await using var world = new RoundsWorld();
        var gone = RoundsWorld.Box("gone") with { Schedule = new MailboxSchedule("*/10 * * * *", null, TimeZoneInfo.Utc) };
        await world.StartAsync(gone);
        using var held = new ManualResetEventSlim();
        var holding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.WhenDue = id =>
        {
            if (id == "new" && holding.TrySetResult())
                held.Wait(TestContext.Current.CancellationToken);
        };

        // One change holds the rounds, the removal waits behind it, and behind that the tick.
        var adding = Task.Run(() => world.Rounds.ApplyAsync([gone, RoundsWorld.Box("new")]), TestContext.Current.CancellationToken);
        await holding.Task;
        var removing = world.Rounds.ApplyAsync([RoundsWorld.Box("new")]);
        await world.PassAsync(TimeSpan.FromMinutes(11), step: TimeSpan.FromSeconds(10));
        Assert.False(removing.IsCompleted);
        held.Set();
        await Task.WhenAll(adding, removing);

        await world.UntilAsync(() => world.Polls("new") == 1, within: TimeSpan.FromMinutes(12), step: TimeSpan.FromSeconds(10));
        Assert.Equal(0, world.Polls("gone"));
    }
}
