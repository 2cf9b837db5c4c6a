using Xunit;

namespace MailIngest.Tests.Polling.Attacks;

/// <summary>Unique-ids that are missing, new or back again: what is stored is recognised by its octets, and not fetched for ever.</summary>
public class NothingIsTwice
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_unique_id_missing_once_does_not_store_a_message_twice(bool wholeCommand)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT", session: 1).CutBefore().At("UIDL", session: 2) is var uidl && wholeCommand
                ? uidl.Refuses("busy") : uidl.LeavesOut(1),
            options => options with { AnnounceCapa = false });
        world.Deliver(2);
        await world.PollWithinAsync(sessions: 2, polls: 3);
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_migration_recognises_every_message_not_only_those_of_its_first_session()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT").IgnoresDeletions(), mailbox: mailbox => mailbox with { CommitEvery = 2 });
        world.Deliver(6);
        await world.PollWithinAsync(sessions: 4, polls: 2);
        world.AssertAllStored();
        await world.RestartServerAsync(faults => faults
            .At("QUIT").IgnoresDeletions().At("UIDL").SaysUniqueIds((_, uniqueId) => "migrated-" + uniqueId));
        await world.PollWithinAsync(sessions: 4, polls: 2);
        Assert.Equal(6, world.Stored);
    }

    [Fact]
    public async Task A_migration_whose_first_session_breaks_after_its_listing_stores_nothing_twice()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").CutBefore());
        world.Deliver(3);
        await world.PollWithinAsync(sessions: 1);
        await world.RestartServerAsync(faults => faults
            .At("RETR", occurrence: 1).CutBefore().At("UIDL").SaysUniqueIds((_, uniqueId) => "migrated-" + uniqueId));
        await world.PollWithinAsync(sessions: 3, polls: 2);
        Assert.Equal(3, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Kept_mail_that_was_unlisted_once_is_not_downloaded_with_every_poll_when_there_is_no_TOP()
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { Top = false }, mailbox: mailbox => mailbox with { Delete = false });
        var kept = world.Deliver();
        await world.PollWithinAsync(sessions: 1);
        world.Maildrop.Remove(kept.Message);
        await world.PollWithinAsync(sessions: 1);
        world.Maildrop.Restore(kept.Message);
        await world.PollWithinAsync(sessions: 2, polls: 6);
        Assert.InRange(world.Commands("RETR").Count, 1, 2);
        world.AssertAllStored();
    }
}
