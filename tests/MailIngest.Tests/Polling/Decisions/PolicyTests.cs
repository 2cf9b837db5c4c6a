using MailIngest.Auditing;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>What the mailbox's file decides: whether and when mail is deleted, and how much one poll and one session take.</summary>
public class PolicyTests
{
    [Fact]
    public async Task Delete_false_keeps_everything_and_fetches_it_once()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(5);
        await world.PollAsync();
        var report = await world.PollAsync();
        Assert.Equal(5, report.Counts.StoredEarlier);
        Assert.Equal(5, world.Commands("RETR").Count);
        Assert.Empty(world.Commands("DELE"));
        Assert.Equal(5, world.Maildrop.Count);
        Assert.Equal(5, world.Stored);
    }

    [Fact]
    public async Task DeleteAfter_counts_from_the_first_sight()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { DeleteAfter = TimeSpan.FromDays(7) });
        world.Deliver(2);
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromDays(4));
        world.Deliver(1);
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        await world.PollAsync();
        Assert.Equal(3, world.Maildrop.Count);

        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await world.PollAsync();
        Assert.Equal(1, world.Maildrop.Count);
        world.Clock.Advance(TimeSpan.FromDays(4));
        await world.PollAsync();
        Assert.Equal(3, world.Commands("RETR").Count);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task MaxMessagesPerSession_bounds_the_poll_and_what_was_fetched_is_committed()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { MaxMessagesPerSession = 2 });
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal((5, 2, 3), (report.Counts.Listed, report.Counts.Fetched, report.Counts.Left));
        Assert.Equal(3, world.Maildrop.Count);
        Assert.Equal(ExitCode.Ok, report.ExitStatus);
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task MaxBytesPerSession_bounds_the_poll_and_strands_no_large_message()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { MaxOctetsPerSession = 1200 });
        world.Deliver(3);
        world.Deliver(octets: 5000);
        Assert.Equal(2, (await world.PollAsync()).Counts.Fetched);
        for (var poll = 0; poll < 2; poll++)
            Assert.Equal(1, (await world.PollAsync()).Counts.Fetched);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task CommitEvery_makes_several_sessions_of_one_poll()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { CommitEvery = 2 });
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal(3, report.Sessions);
        Assert.Equal((5, 5, 5), (report.Counts.Listed, report.Counts.Fetched, report.Deleted));
        Assert.Equal(3, world.Commands("QUIT").Count);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task CommitEvery_with_delete_false_stores_all_in_one_poll()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { CommitEvery = 2, Delete = false });
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.Equal(5, report.Counts.Fetched);
        Assert.Equal(5, world.Commands("RETR").Count);
    }

    [Fact]
    public async Task A_server_that_announces_LOGIN_DELAY_gets_one_session_per_poll()
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { LoginDelay = TimeSpan.FromMinutes(15) }, mailbox: mailbox => mailbox with { CommitEvery = 2 });
        world.Deliver(5);
        Assert.Equal(1, (await world.PollAsync()).Sessions);
        Assert.Single(world.Server.Events.SignIns);
        for (var poll = 0; poll < 2; poll++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(15));
            Assert.Null((await world.PollAsync()).Failure);
        }
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_announces_LOGIN_DELAY_is_not_signed_in_to_again_after_a_session_that_broke()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 2, session: 1).CutAfterOctets(100), options => options with { LoginDelay = TimeSpan.FromMinutes(15) });
        world.Deliver(5);
        await world.PollAsync();
        Assert.Single(world.Commands("AUTH"));
        world.Clock.Advance(TimeSpan.FromMinutes(15));
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(15));
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Asked_to_end_it_finishes_what_is_under_way_commits_it_and_leaves_the_rest()
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Pipelining = false });
        world.Deliver(5);
        using var enough = new CancellationTokenSource();
        await enough.CancelAsync();
        var report = await world.PollAsync(enough: enough.Token);
        Assert.Equal((5, 0, 5), (report.Counts.Listed, report.Counts.Fetched, report.Counts.Left));
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Asked_to_end_in_the_middle_it_commits_what_it_has_stored()
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Pipelining = false });
        world.Deliver(50);
        using var enough = new CancellationTokenSource();
        var blobs = new FailingBlobs(world.Blobs, _ =>
        {
            enough.Cancel();
            return false;
        });
        var report = await world.PollAsync(blobs, enough: enough.Token);
        Assert.Null(report.Failure);
        Assert.InRange(report.Counts.Fetched, 1, 50);
        Assert.Equal(50, report.Counts.Fetched + report.Counts.Left);
        Assert.Equal(report.Counts.Fetched, report.Deleted);
        Assert.Equal(50 - report.Deleted, world.Maildrop.Count);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_deletes_what_was_fetched_loses_nothing_when_the_store_fails()
    {
        // EXPIRE 0: a QUIT would delete the message that could not be stored. There is none.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT").RemovesRetrieved(), options => options with { ExtraCapabilities = ["EXPIRE 0", "LOGIN-DELAY 900"] });
        world.Deliver(5);
        var report = await world.PollAsync(new FailingBlobs(world.Blobs, commit => commit == 3));
        Assert.Equal(ExitCode.Temporary, report.Failure!.Code);
        Assert.Empty(world.Commands("QUIT"));
        Assert.Equal(5, world.Maildrop.Count);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_deletes_what_was_fetched_loses_nothing_when_a_message_is_truncated()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").RemovesRetrieved().At("RETR", message: 2, session: 1).TruncatesTo(50));
        world.Deliver(5);
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_deletes_at_RETR_at_once_loses_only_what_it_had_not_sent_whole()
    {
        // Out of our power: the message is gone before a session could commit. What arrived whole is stored, also when the session breaks later.
        await using var world = await PollWorld.CreateAsync(faults => faults
            .At("RETR").RemovesAtOnce().At("RETR", message: 5, session: 1).TruncatesTo(100));
        var messages = Enumerable.Range(0, 5).Select(_ => world.Deliver()).ToList();
        await world.RunAsync();
        await world.RunAsync();
        Assert.Equal(4, world.Stored);
        Assert.False(world.IsStored(messages[4]));
        Assert.Equal(1, world.Count(Breach.Unstored));
        Assert.Equal(0, world.Count(Breach.Twice));
    }
}
