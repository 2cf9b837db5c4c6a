using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Polling.Attacks;

/// <summary>Messages, commands and stores that fail again and again: each poll ends, and the mail beside them moves.</summary>
public class NothingIsStuck
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_message_beside_ambiguous_ones_that_stay_does_not_make_one_poll_endless(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 3).Refuses("no").At("QUIT").IgnoresDeletions(),
            mailbox: mailbox => mailbox with { Delete = delete });
        world.Deliver(uniqueId: "same");
        world.Deliver(uniqueId: "same");
        world.Deliver(uniqueId: "bad");
        var report = await world.PollWithinAsync(sessions: 3, polls: 2);
        Assert.Equal((2, 1), (report.Counts.StoredEarlier, report.Counts.Failed));
    }

    [Fact]
    public async Task A_failed_message_beside_kept_ones_that_were_unlisted_once_is_tried_again()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 2, times: 1).Refuses("no"), mailbox: mailbox => mailbox with { Delete = false });
        var kept = world.Deliver();
        await world.PollWithinAsync(sessions: 1);
        world.Maildrop.Remove(kept.Message);
        await world.PollWithinAsync(sessions: 1);
        world.Maildrop.Restore(kept.Message);
        world.Deliver(1);
        Assert.Equal(1, (await world.PollWithinAsync(sessions: 2)).Counts.Failed);
        await world.PollWithinAsync(sessions: 2);
        world.AssertAllStored();
    }

    [Fact]
    public async Task Without_unique_ids_and_with_delete_false_the_message_after_commitEvery_is_fetched_some_day()
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { Uidl = false }, mailbox: mailbox => mailbox with { Delete = false, CommitEvery = 2 });
        world.Deliver(4);
        await world.PollWithinAsync(sessions: 3);
        world.AssertAllStored();
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(21, 6)]
    public async Task Unreadable_messages_without_unique_ids_do_not_hold_back_the_others_for_ever(int unreadable, int polls)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => Enumerable.Range(1, unreadable).Aggregate(faults, (script, n) => script.At("RETR", message: n).TruncatesTo(40)),
            options => options with { Uidl = false });
        for (var n = 0; n < unreadable; n++)
            world.Deliver(octets: 300 + n);
        var good = world.Deliver();
        await world.PollWithinAsync(sessions: 25, polls);
        Assert.True(world.IsStored(good));
        Assert.False(world.Holds(good));
        Assert.Equal(unreadable, world.Maildrop.Count);
    }

    [Fact]
    public async Task One_message_that_breaks_its_session_while_it_is_identified_does_not_stop_the_others()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1).CutAfterOctets(30));
        world.Deliver(uniqueId: "same");
        world.Deliver(uniqueId: "same");
        var good = world.Deliver(uniqueId: "good");
        await world.PollWithinAsync(sessions: 25, polls: 8);
        Assert.True(world.IsStored(good));
    }

    [Fact]
    public async Task Where_a_poll_has_one_session_it_fetches_what_is_plainly_new_before_it_reads_what_may_break_it()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1).CutAfterOctets(30), options => options with { ExtraCapabilities = ["LOGIN-DELAY 900"] });
        world.Deliver(uniqueId: "same");
        world.Deliver(uniqueId: "same");
        var good = world.Deliver(uniqueId: "good");
        await world.PollWithinAsync(sessions: 1);
        Assert.Equal("RETR 3", world.Commands("RETR")[0]);
        Assert.True(world.IsStored(good));
    }

    [Fact]
    public async Task A_TOP_that_breaks_the_session_does_not_stop_new_mail()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT", occurrence: 1).CutBefore().At("TOP").CutAfterOctets(10));
        world.Deliver(1);
        await world.PollWithinAsync(sessions: 3);
        world.Deliver(1);
        await world.PollWithinAsync(sessions: 3, polls: 8);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_stored_message_without_blob_that_cannot_be_read_again_does_not_stop_the_others()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, occurrence: 2, times: int.MaxValue).TruncatesTo(100),
            mailbox: mailbox => mailbox with { Delete = false });
        var old = world.Deliver();
        await world.PollWithinAsync(sessions: 1);
        Assert.True(world.IsStored(old));
        File.Delete(Assert.Single(world.BlobFiles));
        var good = world.Deliver();
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollWithinAsync(sessions: 25, polls: 8);
        Assert.True(world.IsStored(good));
        Assert.True(world.Holds(old));
    }

    /// <summary>The first command that comes with others is answered, or the first two, and then nothing more.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_proxy_that_hangs_up_on_commands_that_come_together_although_the_server_behind_it_announces_PIPELINING(int answered)
    {
        await using var world = await PollWorld.CreateAsync();
        await using var proxy = OneAtATime.Before(world.Server.EndPoint, answered);
        world.Port = proxy.Port;
        world.Deliver(3);
        for (var poll = 0; poll < 3; poll++)
            await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Three_lost_QUITs_are_not_three_refusals_to_delete()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", times: 3).CutBefore());
        world.Deliver(1);
        var report = await world.PollWithinAsync(sessions: 3, polls: 6);
        Assert.Equal(0, report.KeptByServer);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_for_which_the_store_has_no_room_does_not_hold_back_the_small_ones()
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Pipelining = false });
        world.Deliver(1);
        var huge = world.Deliver(octets: 5000);
        var after = world.Deliver();
        var report = await world.PollWithinAsync(sessions: 3, polls: 8, new FailingBlobs(world.Blobs, _ => false, room: 2000));
        Assert.True(world.IsStored(after));
        Assert.Equal((1, 2), (world.Maildrop.Count, world.Stored));
        Assert.True(world.Holds(huge));
        Assert.Contains(report.Errors.Keys, error => error.Contains("no space left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backlog_longer_than_commitAfter_goes_on_in_the_next_session_of_the_same_poll()
    {
        // The server's own clock stands still, so that its autologout is no part of this.
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { Pipelining = false, Clock = new FakeTimeProvider(A.Noon) });
        world.Deliver(3);
        var slow = new FailingBlobs(world.Blobs, commit =>
        {
            if (commit == 1)
                world.Clock.Advance(TimeSpan.FromMinutes(16));
            return false;
        });
        var report = await world.PollWithinAsync(sessions: 2, blobs: slow);
        Assert.Null(report.Failure);
        Assert.Equal((2, 3, 0), (report.Sessions, report.Counts.Fetched, report.Counts.Left));
        world.AssertAllMoved();
    }
}
