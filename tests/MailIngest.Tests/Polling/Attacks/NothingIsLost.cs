using Xunit;

namespace MailIngest.Tests.Polling.Attacks;

/// <summary>Servers that make a wrong or short copy look right: no message leaves the server before its own octets are stored.</summary>
public class NothingIsLost
{
    [Fact]
    public async Task Thirty_truncated_messages_do_not_teach_that_truncation_is_normal()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").TruncatesTo(600));
        for (var n = 0; n < 30; n++)
            world.Deliver(octets: 900);
        await world.PollWithinAsync(sessions: 30, polls: 4);
        Assert.Equal((30, 0), (world.Maildrop.Count, world.Stored));
    }

    [Fact]
    public async Task Five_truncated_messages_with_unique_ids_stay()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").TruncatesTo(600));
        for (var n = 0; n < 5; n++)
            world.Deliver(octets: 900);
        var report = await world.PollWithinAsync(sessions: 10, polls: 8);
        Assert.Equal((5, 0), (world.Maildrop.Count, world.Stored));
        Assert.Equal(5, report.Counts.Quarantined);
    }

    [Fact]
    public async Task A_server_that_counts_LF_only_is_not_believed_when_a_message_is_shorter()
    {
        await using var world = await PollWorld.CreateAsync(faults => Enumerable.Range(1, 25)
            .Aggregate(faults, (script, n) => script.At("LIST").SaysOctets(n, 896)));
        for (var n = 0; n < 25; n++)
            world.Deliver(octets: 900);
        await world.PollWithinAsync(sessions: 1);
        world.AssertAllMoved();

        await world.RestartServerAsync(faults => faults.At("RETR").TruncatesTo(600));
        var last = world.Deliver(octets: 900);
        await world.PollWithinAsync(sessions: 2, polls: 3);
        Assert.True(world.Holds(last));
    }

    [Fact]
    public async Task A_message_under_a_used_unique_id_with_the_same_header_and_size_is_stored()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(Mail.Numbered(1, body: "AAAA"), "used");
        await world.PollWithinAsync(sessions: 1, polls: 2);
        var second = world.Deliver(Mail.Numbered(1, body: "BBBB"), "used");
        await world.PollWithinAsync(sessions: 2);
        Assert.True(world.IsStored(second));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_new_message_with_the_unique_id_and_size_of_one_the_server_kept_is_stored()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", times: 4).IgnoresDeletions());
        var kept = world.Deliver(uniqueId: "1");
        await world.PollWithinAsync(sessions: 1, polls: 4);
        world.Maildrop.Remove(kept.Message);
        var second = world.Deliver(uniqueId: "1");
        await world.PollWithinAsync(sessions: 2, polls: 3);
        Assert.True(world.IsStored(second));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_copy_is_deleted_only_when_the_octets_it_was_compared_with_are_the_stored_ones()
    {
        // Read to be identified, message 1 is itself; read again to be stored, it is message 3.
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1, occurrence: 2).SendsMessage(3));
        var twin = Mail.Numbered(1, body: "AAAA");
        world.Deliver(twin, "same");
        world.Deliver(twin, "same");
        world.Deliver(Mail.Numbered(2, body: "CCCC"), "else");
        await world.PollWithinAsync(sessions: 5, polls: 2);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Two_messages_of_which_nothing_but_a_volatile_field_can_be_read_are_two()
    {
        // Their lines end in CR alone, so that all of each is its first field.
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(Mail.Raw("X-UIDL: 1\rSubject: one\r\rbody\r\n"), "used");
        await world.PollAsync();
        await world.LoseLedgerAsync();
        world.Maildrop.Remove("used");
        world.Mailbox = world.Mailbox with { Delete = true };
        var second = world.Deliver(Mail.Raw("X-UIDL: 2\rSubject: two\r\ranother body\r\n"), "used");
        for (var poll = 0; poll < 4; poll++)
            await world.PollAsync();
        Assert.True(world.IsStored(second));
    }
}
