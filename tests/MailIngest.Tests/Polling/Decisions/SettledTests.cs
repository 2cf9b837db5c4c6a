using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Messages that stay on the server and need nothing: they are counted, and never mistaken.</summary>
public class SettledTests
{
    static Task<PollWorld> KeepingAsync(int commitEvery = 0) =>
        PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false, CommitEvery = commitEvery });

    [Fact]
    public async Task They_count_as_stored_earlier_beside_what_is_new()
    {
        await using var world = await KeepingAsync();
        world.Deliver(3);
        Assert.Equal((3, 0), Short(await world.PollAsync()));
        Assert.Equal((0, 3), Short(await world.PollAsync()));
        world.Deliver(2);
        Assert.Equal((2, 3), Short(await world.PollAsync()));
        world.AssertAllStored();
    }

    [Fact]
    public async Task Over_several_sessions_each_message_counts_once()
    {
        await using var world = await KeepingAsync(commitEvery: 2);
        world.Deliver(3);
        await world.PollAsync();
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((8, 5, 3, 0), (report.Counts.Listed, report.Counts.Fetched, report.Counts.StoredEarlier, report.Counts.Left));
        Assert.True(report.Sessions > 2);
        world.AssertAllStored();
    }

    [Fact]
    public async Task A_second_message_under_the_unique_id_of_one_of_them_is_not_taken_for_it()
    {
        await using var world = await KeepingAsync();
        world.Deliver(uniqueId: "a");
        world.Deliver(uniqueId: "b");
        await world.PollAsync();
        world.Deliver(uniqueId: "a");
        var before = world.Commands("UIDL").Count;
        var report = await world.PollAsync();
        Assert.Equal((1, 2), Short(report));
        Assert.Equal(1, report.Anomalies["duplicate"]);
        Assert.Equal(2, world.Commands("UIDL").Count - before); // the listing that was believed at first, and the one that counts
        world.AssertAllStored();
    }

    [Fact]
    public async Task One_that_another_client_removes_is_gone_and_not_taken_for_what_comes_under_its_unique_id()
    {
        await using var world = await KeepingAsync();
        var first = world.Deliver(uniqueId: "a");
        world.Deliver(uniqueId: "b");
        await world.PollAsync();
        world.Maildrop.Remove(first.Message);
        await world.RunAsync();
        Assert.Equal(MessageState.Gone, (await world.RowAsync("a")).State);
        world.Deliver(uniqueId: "a");
        Assert.Equal(1, (await world.RunAsync()).Counts.Fetched);
    }

    [Fact]
    public async Task Once_deleteAfter_is_over_they_are_deleted()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { DeleteAfter = TimeSpan.FromDays(7) });
        world.Deliver(2);
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromDays(6));
        world.Deliver(1);
        Assert.Equal((1, 2), Short(await world.PollAsync()));
        world.Clock.Advance(TimeSpan.FromDays(1));
        var report = await world.PollAsync();
        Assert.Equal((2, 3), (report.Deleted, report.Counts.StoredEarlier));
        Assert.Equal(1, world.Maildrop.Count);
    }

    static (int Fetched, int StoredEarlier) Short(MailIngest.Polling.PollReport report) => (report.Counts.Fetched, report.Counts.StoredEarlier);
}
