using MailIngest.Auditing;
using MailIngest.Pop3;
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

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public async Task A_server_that_swallows_a_command_of_a_flight_and_ends_the_connection_loses_nothing(
        bool top, bool topIsBroken, bool cutInside)
    {
        // RETR 2 was never heard: each answer is that of the next message, and the last one never comes. All are of one size.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 2, session: 1).SendsMessage(3).At("RETR", message: 3, session: 1).SendsMessage(4)
                .At("RETR", message: 4, session: 1) is var last
                && (cutInside ? last.CutAfterOctets(30) : last.CutBefore()) is var script && topIsBroken ? script.At("TOP").CutBefore() : script,
            options => options with { Top = top }, mailbox => mailbox with { Pipelining = Pipelining.On });
        var messages = Enumerable.Range(0, 4).Select(_ => world.Deliver()).ToList();
        for (var poll = 0; poll < 3; poll++)
            await world.RunAsync();
        Assert.Equal(0, world.Count(Breach.Lost));
        Assert.All(messages, message => Assert.True(world.IsStored(message)));
        Assert.Equal(0, world.Maildrop.Count);
    }

    [Fact]
    public async Task After_a_refused_RETR_STAT_has_to_fit_also_when_the_worker_is_told_to_stop()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 3, session: 1).Refuses("no").At("STAT", session: 1, occurrence: 2).Answers("+OK 500 octets"));
        world.Deliver(3);
        using var enough = new CancellationTokenSource();
        // The first message is handed to the store while the other two are on their way.
        var blobs = new FailingBlobs(world.Blobs, _ =>
        {
            enough.Cancel();
            return false;
        });
        await world.PollAsync(blobs, enough: enough.Token);
        Assert.Empty(world.Commands("DELE"));
        Assert.Empty(world.Commands("QUIT"));
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
