using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>Round after round, in fake time: no mailbox is polled twice at once, none is forgotten, whatever happens meanwhile.</summary>
public sealed class PollRoundsTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    static TaskCompletionSource<PollReport> Ending => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_mailbox_is_polled_at_once_and_then_so_long_after_the_end_of_each_poll()
    {
        await using var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (_, _) => end.Task;
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 1, within: Minute);

        await world.PassAsync(Minute * 20, step: TimeSpan.FromSeconds(10)); // a long poll
        Assert.Equal(1, world.Polls("sales"));
        var ended = world.Clock.GetUtcNow();
        end.SetResult(new("sales"));
        await RoundsWorld.EventuallyAsync(() => world.Due("sales") > ended);
        Assert.Equal(ended.AddMinutes(5), world.Due("sales"));

        await world.UntilAsync(() => world.Polls("sales") == 2, within: Minute * 6);
        Assert.True(world.Begun.Last().At >= ended.AddMinutes(5));
        Assert.Empty(world.Log.Lines);
    }

    [Fact]
    public async Task A_cron_expression_fires_at_its_ticks_and_not_between()
    {
        await using var world = new RoundsWorld();
        await world.StartAsync(RoundsWorld.Box("sales") with { Schedule = new("*/10 * * * *", null, TimeZoneInfo.Utc) });

        await world.UntilAsync(() => world.Polls("sales") == 3, within: Minute * 35, step: TimeSpan.FromSeconds(10));

        Assert.Equal([10, 20, 30], world.Begun.Select(poll => (int)(poll.Due - A.Noon).TotalMinutes));
        Assert.All(world.Begun, poll => Assert.InRange(poll.At - poll.Due, TimeSpan.Zero, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_poll_that_throws_is_logged_and_its_mailbox_backs_off_and_is_polled_again()
    {
        await using var world = new RoundsWorld();
        world.Poll = (mailbox, _) => mailbox.Id == "broken" ? throw new InvalidOperationException("a bug")
            : Task.FromResult(new PollReport(mailbox.Id));
        await world.StartAsync(RoundsWorld.Box("broken"), RoundsWorld.Box("sound"));

        await world.UntilAsync(() => world.Polls("broken") == 4 && world.Polls("sound") >= 2, within: Minute * 10);

        // 1 min, 2 min, 4 min: the failures are counted although no ledger has noted them.
        var begun = world.Begun.Where(poll => poll.Mailbox == "broken").Select(poll => poll.Due).ToList();
        Assert.InRange(begun[3] - begun[0], Minute * 7, Minute * 8);
        Assert.Contains(world.Log.Exceptions, exception => exception.Message == "a bug");
    }

    [Fact]
    public async Task What_the_ledger_knows_decides_and_a_ledger_that_does_not_tell_loses_no_mailbox()
    {
        await using var world = new RoundsWorld();
        world.Traits = _ => new() { NotBefore = A.Noon.AddMinutes(30) };
        await world.StartAsync(RoundsWorld.Box("sales"));
        Assert.Equal(A.Noon.AddMinutes(30), world.Due("sales"));

        world.Traits = _ => throw new LedgerException("The ledger is locked.", isTransient: true);
        await world.UntilAsync(() => world.Polls("sales") == 3, within: Minute * 45, step: TimeSpan.FromSeconds(10));

        Assert.True(world.Begun.First().At >= A.Noon.AddMinutes(30));
        Assert.Contains(world.Log.Lines, line => line.Contains("The ledger is locked.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mailbox_that_cannot_be_planned_keeps_no_other_from_being_planned_and_is_polled_in_the_end()
    {
        await using var world = new RoundsWorld();
        await world.StartAsync(RoundsWorld.Box("a") with { Schedule = new("no cron expression", null, TimeZoneInfo.Utc) }, RoundsWorld.Box("b"));
        await world.UntilAsync(() => world.Polls("a") > 0 && world.Polls("b") > 0, within: Minute);
        Assert.NotEmpty(world.Log.Exceptions);
    }

    [Fact]
    public async Task A_mailbox_removed_and_added_again_waits_for_its_old_poll()
    {
        await using var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (_, _) => end.Task;
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 1, within: Minute);

        for (var time = 0; time < 3; time++)
        {
            await world.Rounds.ApplyAsync([]);
            await world.PassAsync(Minute);
            await world.Rounds.ApplyAsync([RoundsWorld.Box("sales")]);
            await world.PassAsync(Minute * 6, step: TimeSpan.FromSeconds(10));
        }
        Assert.Equal(1, world.Polls("sales"));

        end.SetResult(new("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 2, within: Minute * 6);
        Assert.False(world.Overlapped);
    }

    [Fact]
    public async Task A_mailbox_changed_while_it_is_polled_ends_as_it_began_and_is_polled_at_once_as_it_is_now()
    {
        await using var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (mailbox, _) => mailbox.Revision == "1" ? end.Task : Task.FromResult(new PollReport(mailbox.Id));
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 1, within: Minute);

        await world.Rounds.ApplyAsync([RoundsWorld.Box("sales", revision: "2")]);
        await world.PassAsync(Minute * 6, step: TimeSpan.FromSeconds(10));
        Assert.Equal(["1"], world.Begun.Select(poll => poll.Revision));

        end.SetResult(new("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 2, within: Minute);
        Assert.Equal(["1", "2"], world.Begun.Select(poll => poll.Revision));
        Assert.False(world.Overlapped);
    }

    [Fact]
    public async Task A_changed_mailbox_is_polled_at_once_and_one_with_the_same_content_is_left_alone()
    {
        await using var world = new RoundsWorld();
        await world.StartAsync(RoundsWorld.Box("sales"), RoundsWorld.Box("orders"));
        await world.UntilAsync(() => world.Begun.Count == 2 && world.Due("sales") > world.Clock.GetUtcNow(), within: Minute);

        await world.Rounds.ApplyAsync([RoundsWorld.Box("sales", revision: "2"), RoundsWorld.Box("orders") with { File = "renamed.json" }]);
        await world.UntilAsync(() => world.Polls("sales") == 2, within: Minute);
        await world.PassAsync(Minute * 2);

        Assert.Equal(1, world.Polls("orders"));
        Assert.Equal("2", world.Begun.Last().Revision);
    }

    [Fact]
    public async Task A_removed_mailbox_is_polled_no_more_also_when_it_was_being_polled()
    {
        await using var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (mailbox, _) => mailbox.Id == "slow" ? end.Task : Task.FromResult(new PollReport(mailbox.Id));
        await world.StartAsync(RoundsWorld.Box("slow"), RoundsWorld.Box("sales"), RoundsWorld.Box("orders"));
        await world.UntilAsync(() => world.Begun.Count == 3, within: Minute);

        await world.Rounds.ApplyAsync([RoundsWorld.Box("orders")]);
        end.SetResult(new("slow"));
        await world.UntilAsync(() => world.Polls("orders") == 4, within: Minute * 20, step: TimeSpan.FromSeconds(10));

        Assert.Equal(1, world.Polls("slow"));
        Assert.Equal(1, world.Polls("sales"));
    }

    [Fact]
    public async Task What_the_scheduler_refuses_is_an_error_and_tried_again()
    {
        await using var world = new RoundsWorld();
        var refusals = 0;
        world.WhenDue = _ =>
        {
            if (Interlocked.Increment(ref refusals) == 1)
                throw new InvalidOperationException("refused");
        };
        await world.StartAsync(RoundsWorld.Box("sales") with { Schedule = new("0 0 * * *", null, TimeZoneInfo.Utc) });

        await world.UntilAsync(() => Volatile.Read(ref refusals) == 2, within: Minute);

        Assert.Contains(world.Log.Lines, line => line.StartsWith("sales: the scheduler refused its next poll", StringComparison.Ordinal));
        Assert.Equal(A.Noon.AddHours(12), world.Due("sales"));
    }

    [Fact]
    public async Task The_heartbeat_comes_about_every_ten_seconds_while_polls_hang()
    {
        await using var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (_, _) => end.Task;
        await world.StartAsync([.. Enumerable.Range(0, 50).Select(n => RoundsWorld.Box($"box-{n}"))]);
        await world.UntilAsync(() => world.Begun.Count == 50, within: Minute);
        var beats = world.Beats;

        await world.PassAsync(Minute * 2);

        Assert.InRange(world.Beats - beats, 8, 13);
        end.SetResult(new("box"));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_silences_nothing()
    {
        await using var world = new RoundsWorld();
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 1 && world.Due("sales") > world.Clock.GetUtcNow(), within: Minute);
        var beats = world.Beats;

        world.Clock.Jump(TimeSpan.FromHours(-8));
        await world.UntilAsync(() => world.Polls("sales") == 2 && world.Beats > beats, within: Minute * 10);

        Assert.Contains(world.Log.Lines, line => line.StartsWith("the clock was set back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_or_a_machine_that_slept_polls_each_mailbox_once()
    {
        await using var world = new RoundsWorld();
        await world.StartAsync(
            RoundsWorld.Box("sales"), RoundsWorld.Box("nightly") with { Schedule = new("0 * * * *", null, TimeZoneInfo.Utc) });
        await world.UntilAsync(() => world.Polls("sales") == 1 && world.Due("sales") > world.Clock.GetUtcNow(), within: Minute);

        world.Clock.Jump(TimeSpan.FromHours(8.5));
        await world.UntilAsync(() => world.Polls("sales") == 2 && world.Polls("nightly") == 1, within: Minute);
        await world.PassAsync(Minute * 2);

        Assert.Equal(2, world.Polls("sales"));
        Assert.Equal(1, world.Polls("nightly"));
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("it is scheduled again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_waits_for_what_runs_and_begins_nothing()
    {
        var world = new RoundsWorld();
        var end = Ending;
        world.Poll = (_, _) => end.Task;
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 1, within: Minute);

        var disposing = world.DisposeAsync().AsTask();
        await world.Rounds.ApplyAsync([RoundsWorld.Box("sales", revision: "2"), RoundsWorld.Box("late")]); // a reload at that moment
        await world.PassAsync(Minute);
        Assert.False(disposing.IsCompleted);

        end.SetResult(new("sales"));
        await disposing;
        Assert.Equal(["sales"], world.Begun.Select(poll => poll.Mailbox));
        Assert.Empty(world.Log.Lines);
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task Among_three_hundred_mailboxes_those_that_hang_starve_no_other(int hangingPerHost)
    {
        // 30 hosts of ten mailboxes, 16 sessions, 4 per host; five mailboxes hang for ever, each poll of another takes a second.
        var slots = new SessionSlots(new LimitSettings());
        await using var world = new RoundsWorld();
        var end = Ending;
        var hanging = Enumerable.Range(0, 5).Select(n => $"box-{n / hangingPerHost * 10 + n % hangingPerHost:000}").ToHashSet();
        var boxes = Enumerable.Range(0, 300).Select(n => RoundsWorld.Box($"box-{n:000}", Minute, host: $"host-{n / 10}")).ToList();
        var turns = new List<DateTimeOffset>();
        world.Poll = async (mailbox, due) =>
        {
            await slots.RunAsync(mailbox.Server.Host, due, async () =>
            {
                lock (turns)
                    turns.Add(due);
                await Task.WhenAny(end.Task, hanging.Contains(mailbox.Id) ? end.Task : Task.Delay(TimeSpan.FromSeconds(1), world.Clock));
            }, CancellationToken.None);
            return new(mailbox.Id);
        };
        await world.StartAsync(boxes);
        await world.PassAsync(Minute * 6, step: TimeSpan.FromSeconds(0.5));
        end.SetResult(new("box")); // before anything is asserted: the end of the world waits for its polls

        Assert.All(boxes.Where(box => !hanging.Contains(box.Id)), box => Assert.InRange(world.Polls(box.Id), 3, 7));
        var latest = A.Noon;
        foreach (var due in turns.ToList())
        {
            // As many as have a session may be a moment ahead of the scheduler's own threads; no mailbox is passed over for a round.
            Assert.True(due >= latest - TimeSpan.FromSeconds(20), $"due at {due:T} and passed over until after {latest:T}");
            latest = due > latest ? due : latest;
        }
    }

    [Fact]
    public async Task A_thousand_mailboxes_are_all_polled_round_after_round()
    {
        await using var world = new RoundsWorld();
        var boxes = Enumerable.Range(0, 1000).Select(n => RoundsWorld.Box($"box-{n}", Minute)).ToList();
        await world.StartAsync([.. boxes]);

        await world.UntilAsync(() => world.Begun.Count >= 5000, within: Minute * 15);

        Assert.All(boxes, box => Assert.InRange(world.Polls(box.Id), 4, 6));
        Assert.False(world.Overlapped);
        Assert.Empty(world.Log.Lines);
    }
}
