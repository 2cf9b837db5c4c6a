using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>The same unique-id twice in one listing: only the octets can tell the messages apart, and nothing is deleted without having been read.</summary>
public class DuplicateUniqueIdTests
{
    [Fact]
    public async Task Equal_bytes_are_one_blob_and_both_are_deleted()
    {
        await using var world = await PollWorld.CreateAsync();
        var message = Mail.Numbered(1);
        world.Deliver(message, "twin");
        world.Deliver(message, "twin");
        var report = await world.PollAsync();
        Assert.Equal(1, world.Stored);
        Assert.Equal((1, 1), (report.Counts.Fetched, report.Counts.StoredEarlier));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Different_bytes_of_one_size_are_two_blobs()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(uniqueId: "twin");
        world.Deliver(uniqueId: "twin");
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Different_bodies_under_one_header_are_two_blobs()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(Mail.Numbered(1, body: "one"), "twin");
        world.Deliver(Mail.Numbered(1, body: "two"), "twin");
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Kept_on_the_server_they_are_stored_once_however_often_they_are_polled()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(uniqueId: "twin");
        world.Deliver(uniqueId: "twin");
        for (var poll = 0; poll < 3; poll++)
            await world.PollAsync();
        Assert.Equal(2, world.Stored);
        Assert.Equal(2, world.Maildrop.Count);
    }

    [Fact]
    public async Task A_second_message_under_the_unique_id_of_a_stored_one_is_not_deleted_with_it()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(uniqueId: "twin");
        await world.PollAsync();
        world.Deliver(uniqueId: "twin");
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task What_is_left_of_them_after_a_lost_QUIT_is_deleted_and_nothing_stored_twice()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).RemovesOnly(1));
        world.Deliver(uniqueId: "twin");
        world.Deliver(uniqueId: "twin");
        world.Deliver();
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }
}
