using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A message that cannot be had holds back nobody: it is tried last and alone, then put aside, visibly, until a person releases it.</summary>
public class PoisonTests
{
    [Fact]
    public async Task The_good_messages_are_committed_in_the_same_poll_although_one_is_refused()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, session: 1).Refuses("internal error"));
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((5, 4, 1), (report.Counts.Listed, report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(4, report.Deleted);
        Assert.Equal(1, world.Maildrop.Count);
        Assert.Equal(ExitCode.Temporary, report.ExitStatus);
    }

    [Fact]
    public async Task The_good_messages_are_committed_in_the_same_poll_although_one_is_truncated()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, session: 1).TruncatesTo(100));
        var messages = Enumerable.Range(0, 5).Select(_ => world.Deliver()).ToList();
        var report = await world.PollAsync();
        Assert.Equal((4, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(1, world.Maildrop.Count);
        Assert.True(world.Holds(messages[1]));
        Assert.Equal(2, report.Sessions);
    }

    [Fact]
    public async Task The_good_messages_are_committed_although_the_server_hangs_up_inside_one()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, session: 1).CutAfterOctets(200));
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((4, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(1, world.Maildrop.Count);
    }

    [Fact]
    public async Task The_good_messages_are_committed_although_the_server_hangs_up_instead_of_answering_one()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, session: 1).CutBefore());
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((4, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(1, (await world.RowAsync(world.Maildrop.Messages[0].UniqueId)).Attempts);
    }

    [Fact]
    public async Task A_message_that_failed_is_fetched_last_and_in_a_session_of_its_own()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1, session: 1).Refuses("internal error"));
        var poison = world.Deliver();
        await world.PollAsync();
        world.Deliver(3);
        await world.RestartServerAsync();
        var report = await world.PollAsync();
        Assert.Equal(["RETR 2", "RETR 3", "RETR 4", "RETR 1"], world.Commands("RETR"));
        Assert.Equal(2, report.Sessions);
        Assert.True(world.IsStored(poison));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Several_that_failed_have_a_session_each_and_none_holds_back_another()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").Refuses("internal error"));
        world.Deliver(3);
        await world.PollAsync();
        await world.RestartServerAsync(faults => faults.At("RETR", message: 1, session: 1).TruncatesTo(10));
        var report = await world.PollAsync();
        Assert.Equal((2, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(1, world.Maildrop.Count);
    }

    [Fact]
    public async Task After_five_attempts_it_is_quarantined_and_no_longer_asked_for()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").Refuses("internal error"));
        var poison = world.Deliver();
        for (var poll = 0; poll < 5; poll++)
            Assert.Equal(1, (await world.PollAsync()).Counts.Failed);
        Assert.True((await world.RowAsync(poison.Message.UniqueId)).Quarantined);

        var report = await world.PollAsync();
        Assert.Equal(5, world.Commands("RETR").Count);
        Assert.Equal(1, report.Counts.Quarantined);
        Assert.Equal(ExitCode.Temporary, report.ExitStatus);
        Assert.True(world.Holds(poison));
    }

    [Fact]
    public async Task The_number_of_attempts_is_the_mailboxs_own()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR").Refuses("internal error"), mailbox: mailbox => mailbox with { MaxAttempts = 2 });
        var poison = world.Deliver();
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(1, (await world.PollAsync()).Counts.Quarantined);
        Assert.Equal(2, world.Commands("RETR").Count);
        Assert.True(world.Holds(poison));
    }

    [Fact]
    public async Task Released_it_is_fetched_again()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR").Refuses("internal error"), mailbox: mailbox => mailbox with { MaxAttempts = 1 });
        var poison = world.Deliver();
        await world.PollAsync();
        Assert.Equal(1, (await world.PollAsync()).Counts.Quarantined);

        await world.RestartServerAsync();
        await world.Ledger.ReleaseAsync(world.Mailbox.Id, new RowKey(poison.Message.UniqueId, 0), PollWorld.Stop);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_in_trouble_brings_no_message_nearer_to_quarantine()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR").Refuses("[SYS/TEMP] try later"));
        var message = world.Deliver();
        for (var poll = 0; poll < 7; poll++)
            Assert.Equal(1, (await world.PollAsync()).Counts.Failed);
        Assert.Equal(0, (await world.RowAsync(message.Message.UniqueId)).Attempts);
    }

    [Fact]
    public async Task A_server_that_hangs_up_at_a_message_every_time_cannot_keep_the_others_from_us()
    {
        // With EXPIRE 0 or without: message 1 ends every session that asks for it.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1).CutBefore(), server: options => options with { ExtraCapabilities = ["LOGIN-DELAY 900"] });
        var poison = world.Deliver();
        world.Deliver(4);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(4, world.Stored);
        Assert.Equal(1, world.Maildrop.Count);
        for (var poll = 0; poll < 5; poll++)
            await world.PollAsync();
        Assert.True((await world.RowAsync(poison.Message.UniqueId)).Quarantined);
    }
}
