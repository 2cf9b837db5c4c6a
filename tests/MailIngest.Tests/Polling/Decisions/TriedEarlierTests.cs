using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>What some session has tried to store may be there, and is looked up first; what only waited for its turn is not.</summary>
public sealed class TriedEarlierTests
{
    [Fact]
    public async Task A_message_that_waited_for_a_later_session_is_not_looked_up()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { CommitEvery = 1 });
        world.Deliver(3);
        var blobs = new FailingBlobs(world.Blobs, _ => false);

        Assert.Equal(3, (await world.PollAsync(blobs)).Counts.Fetched);

        Assert.Equal([false, false, false], blobs.MayBeThere);
    }

    [Fact]
    public async Task A_message_that_the_store_did_not_confirm_is_looked_up_and_a_new_one_is_not()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        await world.PollAsync(new FailingBlobs(world.Blobs, _ => true));
        await world.RestartWorkerAsync();
        world.Deliver();
        var blobs = new FailingBlobs(world.Blobs, _ => false);

        Assert.Equal(2, (await world.PollAsync(blobs)).Counts.Fetched);

        Assert.Equal([true, false], blobs.MayBeThere);
        world.AssertAllMoved();
    }
}
