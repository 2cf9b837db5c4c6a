using MailIngest.Mailboxes;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Received octets against the LIST size: the only defence against a message that ends early with a valid terminator.</summary>
public class SizeTests
{
    [Fact]
    public async Task A_truncated_message_is_neither_stored_nor_deleted()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").TruncatesTo(250));
        var message = world.Deliver();
        var report = await world.PollAsync();
        Assert.Equal(1, report.Counts.Failed);
        Assert.Contains(report.Errors.Keys, error => error.Contains("LIST said 500 octets, RETR gave 252", StringComparison.Ordinal));
        Assert.Equal(0, world.Stored);
        Assert.DoesNotContain(world.Server.Events.Commands("QUIT"), quit => quit.Session == 1);
        Assert.True(world.Holds(message));
    }

    [Fact]
    public async Task An_empty_message_with_a_valid_terminator_is_refused_whatever_the_sizes_are_worth()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR").SendsOctets([]), mailbox: mailbox => mailbox with { Sizes = SizeTrust.Inexact });
        var message = world.Deliver();
        await world.PollAsync();
        Assert.Equal(0, world.Stored);
        Assert.True(world.Holds(message));
    }

    [Fact]
    public async Task Two_octets_more_are_the_final_line_end_and_normal()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("LIST").SaysOctets(1, 498));
        world.Deliver(1);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task More_octets_than_listed_are_a_whole_message()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("LIST").SaysOctets(1, 300));
        world.Deliver(1);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task However_many_messages_are_short_it_is_never_learned_that_short_is_normal()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("LIST").RoundsOctets(600));
        world.Deliver(25);
        for (var poll = 0; poll < 3; poll++)
            await world.PollAsync();
        Assert.Equal((25, 0), (world.Maildrop.Count, world.Stored));
    }

    [Fact]
    public async Task Told_that_the_sizes_are_inexact_it_believes_a_message_that_is_somewhat_short()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("LIST").SaysOctets(1, 900), mailbox: mailbox => mailbox with { Sizes = SizeTrust.Inexact });
        world.Deliver(1);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Told_that_the_sizes_are_inexact_it_still_refuses_less_than_half()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("LIST").SaysOctets(1, 1100), mailbox: mailbox => mailbox with { Sizes = SizeTrust.Inexact });
        var message = world.Deliver();
        await world.PollAsync();
        Assert.Equal(0, world.Stored);
        Assert.True(world.Holds(message));
    }

    [Fact]
    public async Task A_message_that_the_server_reads_whole_the_next_time_is_stored_then()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", times: 1).TruncatesTo(250));
        world.Deliver(1);
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_larger_than_maxMessageSize_is_skipped_and_reported_by_every_poll()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { MaxMessageOctets = 1000 });
        world.Deliver();
        var large = world.Deliver(octets: 1001);
        world.Deliver(octets: 1000);
        Assert.Equal((2, 1), (await world.PollAsync()) is var first ? (first.Counts.Fetched, first.Counts.Skipped) : default);
        Assert.Equal(1, (await world.PollAsync()).Counts.Skipped);
        Assert.Equal(2, world.Commands("RETR").Count);
        Assert.True(world.Holds(large));

        world.Mailbox = world.Mailbox with { MaxMessageOctets = 0 };
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_larger_than_maxMessageSize_is_quarantined_until_it_is_released()
    {
        await using var world = await PollWorld.CreateAsync(
            mailbox: mailbox => mailbox with { MaxMessageOctets = 1000, Oversize = Oversize.Quarantine });
        var large = world.Deliver(octets: 1001);
        Assert.Equal(1, (await world.PollAsync()).Counts.Quarantined);
        Assert.Equal(1, (await world.PollAsync()).Counts.Quarantined);
        var row = await world.RowAsync(large.Message.UniqueId);
        Assert.True(row.Quarantined);
        Assert.Empty(world.Commands("RETR"));

        world.Mailbox = world.Mailbox with { MaxMessageOctets = 0 };
        Assert.Equal(1, (await world.PollAsync()).Counts.Quarantined);
        await world.Ledger.ReleaseAsync(world.Mailbox.Id, row.Key, PollWorld.Stop);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_larger_than_maxMessageSize_without_a_unique_id_is_left_alone_too()
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Uidl = false },
            mailbox: mailbox => mailbox with { MaxMessageOctets = 1000, Oversize = Oversize.Quarantine });
        world.Deliver();
        var large = world.Deliver(octets: 1001);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(1, world.Stored);
        Assert.True(world.Holds(large));
    }
}
