using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>No unique-ids, unique-ids that are nothing but message-numbers, one that is empty or missing: the content says who a message is.</summary>
public class MissingUniqueIdTests
{
    static readonly Func<Pop3ServerOptions, Pop3ServerOptions> NoUidl = options => options with { Uidl = false };

    [Fact]
    public async Task Without_UIDL_each_message_is_stored_once_and_deleted()
    {
        await using var world = await PollWorld.CreateAsync(server: NoUidl);
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((5, 5), (report.Counts.Listed, report.Counts.Fetched));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_after_a_lost_QUIT_the_octets_are_compared_and_nothing_is_stored_twice()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).CutBefore(), NoUidl);
        world.Deliver(3);
        await world.PollAsync();
        var report = await world.PollAsync();
        Assert.Equal(3, report.Counts.StoredEarlier);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_mail_that_is_kept_is_stored_once_and_new_mail_beside_it_too()
    {
        await using var world = await PollWorld.CreateAsync(server: NoUidl, mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        await world.PollAsync();
        world.Deliver(2);
        var report = await world.PollAsync();
        Assert.Equal((5, 2, 3), (report.Counts.Listed, report.Counts.Fetched, report.Counts.StoredEarlier));
        Assert.Equal(5, world.Stored);
        Assert.Equal(5, world.Maildrop.Count);
    }

    [Fact]
    public async Task Without_UIDL_a_backlog_is_committed_bit_by_bit_and_counted_right()
    {
        await using var world = await PollWorld.CreateAsync(server: NoUidl, mailbox: mailbox => mailbox with { CommitEvery = 2 });
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((5, 5, 3), (report.Counts.Listed, report.Counts.Fetched, report.Sessions));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_a_backlog_that_is_kept_is_stored_whole_and_the_poll_ends()
    {
        await using var world = await PollWorld.CreateAsync(
            server: NoUidl, mailbox: mailbox => mailbox with { CommitEvery = 2, Delete = false });
        world.Deliver(5);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(5, world.Stored);
        Assert.Equal(5, world.Maildrop.Count);
    }

    [Fact]
    public async Task Without_UIDL_a_server_that_ignores_DELE_cannot_keep_a_poll_going_for_ever()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT").IgnoresDeletions(), NoUidl, mailbox => mailbox with { CommitEvery = 2 });
        world.Deliver(5);
        for (var poll = 0; poll < 4; poll++)
            await world.PollAsync();
        world.AssertAllStored();
    }

    [Fact]
    public async Task Without_UIDL_identical_messages_are_one_blob_and_all_are_deleted()
    {
        await using var world = await PollWorld.CreateAsync(server: NoUidl);
        var message = Mail.Numbered(1);
        world.Deliver(message);
        world.Deliver(message);
        world.Deliver(1);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_a_truncated_message_stays_and_the_others_are_committed()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, session: 1).TruncatesTo(100), NoUidl);
        world.Deliver(4);
        await world.PollAsync();
        Assert.Equal((3, 1), (world.Stored, world.Maildrop.Count));
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Message_numbers_as_unique_ids_shift_after_a_deletion_and_confuse_nobody()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("UIDL").SaysNumbersAsUniqueIds().At("QUIT", session: 1).RemovesOnly(2));
        world.Deliver(5);
        await world.PollAsync();
        Assert.Equal(3, world.Maildrop.Count);
        world.Deliver(2);
        await world.PollAsync();
        world.AssertAllMoved();
        world.Deliver(1);
        await world.PollAsync();
        Assert.Equal(8, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_single_message_whose_unique_id_is_its_number_is_not_taken_for_the_one_before()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("UIDL").SaysNumbersAsUniqueIds(), mailbox: mailbox => mailbox with { Delete = false });
        var first = world.Deliver();
        await world.PollAsync();
        world.Maildrop.Remove(first.Message);
        var second = world.Deliver();
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
        Assert.True(world.IsStored(second));
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_message_with_an_empty_or_missing_unique_id_is_known_by_its_content_and_the_others_by_theirs(bool empty)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => empty ? faults.At("UIDL").SaysUniqueId(2, "") : faults.At("UIDL").LeavesOut(2), mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(3, world.Stored);
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_UIDL_fails_for_a_while_nothing_is_stored_twice()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        await world.PollAsync();
        await world.RestartServerAsync(options: NoUidl);
        await world.PollAsync();
        await world.RestartServerAsync(options: options => options with { Uidl = true });
        await world.PollAsync();
        Assert.Equal(3, world.Stored);
        Assert.Equal(3, world.Maildrop.Count);
    }

    [Fact]
    public async Task A_message_whose_unique_id_was_missing_once_is_recognised_under_it()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("UIDL", session: 1).LeavesOut(2), mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        for (var poll = 0; poll < 3; poll++)
            await world.PollAsync();
        world.AssertAllStored();
    }
}
