using MailIngest.Mailboxes;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>All unique-ids changed: the server was migrated. The octets are recognised, and nothing is stored twice.</summary>
public class MigrationTests
{
    static async Task<PollWorld> MigratedAsync(int messages, Func<Mailbox, Mailbox> mailbox)
    {
        var world = await PollWorld.CreateAsync(mailbox: mailbox);
        world.Deliver(messages);
        await world.PollAsync();
        Assert.Equal(messages, world.Maildrop.Count);
        await world.RestartServerAsync(faults => faults.At("UIDL").SaysUniqueIds((_, uniqueId) => "migrated-" + uniqueId));
        return world;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task With_delete_false_nothing_is_stored_twice(int messages)
    {
        await using var world = await MigratedAsync(messages, mailbox => mailbox with { Delete = false });
        var report = await world.PollAsync();
        Assert.Equal(messages, report.Counts.StoredEarlier);
        Assert.Equal(messages, world.Stored);
        var retrieved = world.Commands("RETR").Count;
        await world.PollAsync();
        Assert.Equal(retrieved, world.Commands("RETR").Count);
        Assert.Equal(messages, world.Maildrop.Count);
    }

    [Fact]
    public async Task With_deleteAfter_nothing_is_stored_twice_and_all_is_deleted_in_the_end()
    {
        await using var world = await MigratedAsync(5, mailbox => mailbox with { DeleteAfter = TimeSpan.FromDays(7) });
        await world.PollAsync();
        Assert.Equal(5, world.Stored);
        Assert.Equal(5, world.Maildrop.Count);
        world.Clock.Advance(TimeSpan.FromDays(7));
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task New_mail_among_the_renamed_is_stored()
    {
        await using var world = await MigratedAsync(4, mailbox => mailbox with { Delete = false });
        world.Deliver(2);
        var report = await world.PollAsync();
        Assert.Equal((2, 4), (report.Counts.Fetched, report.Counts.StoredEarlier));
        Assert.Equal(6, world.Stored);
    }

    [Fact]
    public async Task In_several_sessions_nothing_is_stored_twice_either()
    {
        await using var world = await MigratedAsync(5, mailbox => mailbox with { Delete = false, CommitEvery = 2 });
        await world.PollAsync();
        Assert.Equal(5, world.Stored);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    public async Task After_a_lost_QUIT_nothing_is_stored_twice_either(int messages)
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").CutBefore());
        world.Deliver(messages);
        await world.PollAsync();
        await world.RestartServerAsync(faults => faults.At("UIDL").SaysUniqueIds((_, uniqueId) => "migrated-" + uniqueId));
        await world.PollAsync();
        world.AssertAllMoved();
    }
}
