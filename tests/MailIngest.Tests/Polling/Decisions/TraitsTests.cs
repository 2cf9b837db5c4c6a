using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Polling;
using MailIngest.Tests.DeliveryPromise;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>What a poll leaves behind about its mailbox: in the ledger for the next one, in the report for metrics and schedules.</summary>
public class TraitsTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failures_are_counted_with_their_sentence_and_a_success_forgets_them()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("STAT", times: 2).Refuses("not now"));
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.PollAsync();
        var failing = await TraitsAsync(world);
        Assert.Equal((2, A.Noon.AddMinutes(1), null), (failing.Failures, failing.LastAttempt, failing.LastSuccess));
        Assert.Contains("STAT was refused", failing.LastError, StringComparison.Ordinal);

        await world.PollAsync();
        var well = await TraitsAsync(world);
        Assert.Equal((0, A.Noon.AddMinutes(1), null), (well.Failures, well.LastSuccess, well.LastError));
    }

    [Fact]
    public async Task An_interrupted_poll_is_neither_a_failure_nor_a_success()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("STAT", session: 1).StallBefore());
        await using (var lease = await world.Ledger.TakeLeaseAsync("sales", "earlier", TimeSpan.FromMinutes(1), _ => false, Stop))
            await world.Ledger.SaveTraitsAsync(lease!, new() { Failures = 1 }, Stop);
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var poll = world.PollAsync(stop: stopped.Token);
        await world.Server.Events.WaitForAsync(happened => happened is { Kind: ServerEventKind.Fault, Verb: "STAT" }, Stop);
        await stopped.CancelAsync();
        Assert.Equal(PollResult.Interrupted, (await poll).Result);
        using var enough = new CancellationTokenSource();
        await enough.CancelAsync();
        Assert.True((await world.PollAsync(enough: enough.Token)).Interrupted);
        Assert.Equal((1, null), ((await TraitsAsync(world)).Failures, (await TraitsAsync(world)).LastSuccess));
    }

    [Fact]
    public async Task A_poll_that_was_interrupted_leaves_its_mailbox_due_as_it_was()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("STAT", session: 2).StallBefore());
        await world.PollAsync();
        world.Clock.Advance(TimeSpan.FromDays(1));
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var poll = world.PollAsync(stop: stopped.Token);
        await world.Server.Events.WaitForAsync(happened => happened is { Kind: ServerEventKind.Fault, Verb: "STAT" }, Stop);
        await stopped.CancelAsync();
        await poll;
        Assert.Equal(A.Noon, (await TraitsAsync(world)).LastAttempt);
    }

    [Fact]
    public async Task A_wait_that_ends_although_nobody_interrupted_the_poll_is_a_failure_and_counts()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        var blobs = new FaultyStore(world.Blobs) { At = _ => throw new OperationCanceledException("gave up") };
        var report = await world.PollAsync(blobs);
        Assert.Equal(PollResult.Bug, report.Result);
        Assert.Equal(1, (await TraitsAsync(world)).Failures);
    }

    [Fact]
    public async Task A_poll_interrupted_after_a_refused_one_ends_and_so_does_the_next()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("STAT", session: 1).Refuses("not now").At("LIST", session: 2).StallBefore());
        await world.PollAsync();
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var poll = world.PollAsync(stop: stopped.Token);
        // In this session: a server without a lock notes a fault at every command of every session.
        await world.Server.Events.WaitForAsync(happened => happened is { Kind: ServerEventKind.Fault, Verb: "LIST", Session: 2 }, Stop);
        await stopped.CancelAsync();
        Assert.Equal(PollResult.Interrupted, (await poll).Result);
        using var enough = new CancellationTokenSource();
        await enough.CancelAsync();
        Assert.True((await world.PollAsync(enough: enough.Token)).Interrupted);
    }

    [Fact]
    public async Task A_mailbox_that_another_worker_holds_has_nothing_written_about_it()
    {
        await using var world = await PollWorld.CreateAsync();
        await using var other = await world.Ledger.TakeLeaseAsync("sales", "other", TimeSpan.FromMinutes(5), _ => false, Stop);
        Assert.True((await world.PollAsync()).HeldElsewhere);
        Assert.Equal(new MailboxTraits(), await TraitsAsync(world));
    }

    [Fact]
    public async Task A_message_that_fails_does_not_make_its_mailbox_wait()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1).Refuses("broken"));
        world.Deliver(3);
        Assert.Equal(PollResult.Dirty, (await world.PollAsync()).Result);
        var traits = await TraitsAsync(world);
        Assert.Equal((0, A.Noon), (traits.Failures, traits.LastSuccess));
        Assert.Contains("the server refused RETR", traits.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_poll_leaves_for_later_is_known_with_its_size_and_age_and_fetched_as_before()
    {
        await using var world = await PollWorld.CreateAsync(
            mailbox: mailbox => mailbox with { MaxMessagesPerSession = 2, MaxAttempts = 1 });
        world.Deliver(5);
        Assert.True((await world.PollAsync()).LimitCut);
        Assert.Equal(new Unstored(3, 1500, A.Noon, 0), (await world.Ledger.ReadUnstoredAsync(Stop))["sales"]);

        world.Clock.Advance(TimeSpan.FromHours(1));
        world.Deliver(1);
        await world.PollAsync();
        Assert.Equal(new Unstored(2, 1000, A.Noon, 0), (await world.Ledger.ReadUnstoredAsync(Stop))["sales"]);
        Assert.All(await world.RowsAsync(), row => Assert.Equal(0, row.Attempts));
        Assert.False((await world.PollAsync()).LimitCut);
        world.AssertAllMoved();
        Assert.Equal(6, world.Commands("RETR").Count);
        Assert.Empty(await world.Ledger.ReadUnstoredAsync(Stop));
    }

    [Fact]
    public async Task A_session_that_lasts_too_long_is_a_deadline()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("LIST").StallBefore(), mailbox: mailbox =>
                mailbox with
                {
                    SessionTimeout = TimeSpan.FromSeconds(40), Timeout = TimeSpan.FromHours(2),
                    Pipelining = Pipelining.Off, // otherwise LIST is part of the opening, which is tried again
                });
        var poll = world.PollAsync();
        await world.Server.Events.WaitForAsync(happened => happened is { Kind: ServerEventKind.Fault, Verb: "LIST" }, Stop);
        world.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal((PollResult.Deadline, ExitCode.Temporary), ((await poll).Result, (await poll).ExitStatus));
    }

    [Fact]
    public async Task Odd_unique_ids_and_duplicates_are_counted()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(uniqueId: "same");
        world.Deliver(uniqueId: "same");
        world.Deliver();
        var first = await world.PollAsync();
        Assert.Equal(("duplicate", 1, 0), (Assert.Single(first.Anomalies).Key, first.Anomalies["duplicate"], first.Duplicates));
        Assert.Equal(2, (await world.PollAsync()).Duplicates);

        await world.RestartServerAsync(options: options => options with { Uidl = false });
        Assert.Equal("missing", Assert.Single((await world.PollAsync()).Anomalies).Key);
    }

    [Fact]
    public async Task A_ledger_that_fails_at_the_end_of_a_poll_is_reported()
    {
        await using var delivery = await Delivery.OpenAsync(null, new Pop3ServerOptions());
        delivery.Ledger.FailAt(2); // 1 takes the lease, 2 remembers how the poll went
        var report = await delivery.PollAsync(stop: Stop);
        Assert.Equal(PollResult.Ledger, report.Result);
    }

    static Task<MailboxTraits> TraitsAsync(PollWorld world) => world.Ledger.ReadTraitsAsync("sales", Stop);
}
