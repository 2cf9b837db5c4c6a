using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A server that wants time between two sign-ins gets it (RFC 2449 §6.5), whatever becomes of the worker.</summary>
public class LoginDelayTests
{
    static readonly TimeSpan Delay = TimeSpan.FromSeconds(900);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_sign_in_does_not_happen_early_not_even_by_a_new_process()
    {
        await using var world = await WorldAsync();
        world.Deliver(2);
        await world.RunAsync();
        for (var second = 100; second < 900; second += 100)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(100));
            if (second % 200 == 0)
                await world.RestartWorkerAsync();
            var early = await world.RunAsync();
            Assert.Equal((null, A.Noon + Delay, ExitCode.Ok), (early.Failure, early.Postponed, early.ExitStatus));
        }
        Assert.Single(world.Server.Events, happened => happened.Kind == ServerEventKind.Connected);

        world.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Null((await world.RunAsync()).Postponed);
        Assert.Equal(2, world.Server.Events.SignIns.Count);
    }

    [Fact]
    public async Task A_process_that_dies_right_after_the_sign_in_has_not_forgotten_it()
    {
        await using var world = await WorldAsync(faults => faults.At("STAT", session: 1).StallBefore());
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var poll = world.RunAsync(stop: killed.Token);
        await world.Server.Events.WaitForAsync(happened => happened.Kind == ServerEventKind.SignedIn, Stop);
        await world.Server.Events.WaitForAsync(happened => happened.Kind == ServerEventKind.Fault, Stop);
        Assert.Equal(A.Noon + Delay, (await world.Ledger.ReadTraitsAsync("sales", Stop)).NotBefore); // durable while the session goes on
        await killed.CancelAsync();
        await poll;
        await world.RestartWorkerAsync();

        Assert.Equal(A.Noon + Delay, (await world.RunAsync()).Postponed);
        Assert.Single(world.Server.Events.SignIns);
    }

    [Fact]
    public async Task A_connection_that_is_cut_before_the_answer_to_the_sign_in_counts_as_one()
    {
        await using var world = await WorldAsync(faults => faults.At("AUTH").CutBefore());
        Assert.NotNull((await world.RunAsync()).Failure);
        Assert.Single(world.Commands("AUTH"));
        Assert.Equal(A.Noon + Delay, (await world.RunAsync()).Postponed);
        Assert.Single(world.Commands("AUTH"));
    }

    [Fact]
    public async Task A_busy_maildrop_is_no_sign_in_and_does_not_cost_the_delay()
    {
        await using var world = await WorldAsync(faults => faults.At("AUTH").Refuses("[IN-USE] busy"));
        Assert.Equal(ExitCode.Temporary, (await world.RunAsync()).ExitStatus);
        var again = await world.RunAsync();
        Assert.Equal((null, 6), (again.Postponed, world.Commands("AUTH").Count));
    }

    [Fact]
    public async Task A_refusal_for_LOGIN_DELAY_teaches_the_announced_delay()
    {
        await using var world = await WorldAsync(faults => faults.At("AUTH").Refuses("[LOGIN-DELAY] later"));
        Assert.Equal(ExitCode.Temporary, (await world.RunAsync()).ExitStatus);
        Assert.Equal(A.Noon + Delay, (await world.RunAsync()).Postponed);
    }

    [Fact]
    public async Task Without_an_announcement_the_delay_is_learned_from_one_minute_to_an_hour()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("AUTH").Refuses("[LOGIN-DELAY] later"));
        var waits = new List<double>();
        for (var poll = 0; poll < 9; poll++)
        {
            await world.RunAsync();
            var until = (await world.RunAsync()).Postponed!.Value;
            waits.Add((until - world.Clock.GetUtcNow()).TotalMinutes);
            await world.PatienceAsync();
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
        Assert.Equal(9, world.Commands("AUTH").Count);
    }

    [Theory]
    [InlineData(100_000_000)]
    [InlineData(int.MaxValue)]
    public async Task An_absurd_delay_silences_a_mailbox_for_a_day_and_no_longer(int seconds)
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { ExtraCapabilities = [$"LOGIN-DELAY {seconds}"] });
        await world.RunAsync();
        Assert.Equal(A.Noon.AddDays(1), (await world.RunAsync()).Postponed);
    }

    [Fact]
    public async Task A_clock_that_was_years_ahead_does_not_silence_a_mailbox()
    {
        await using var world = await PollWorld.CreateAsync();
        await using (var lease = await world.Ledger.TakeLeaseAsync("sales", "clock", TimeSpan.FromMinutes(1), _ => false, Stop))
            await world.Ledger.SaveTraitsAsync(lease!, new MailboxTraits { NotBefore = A.Noon.AddYears(3) }, Stop);
        Assert.Null((await world.RunAsync()).Postponed);
        Assert.Single(world.Server.Events.SignIns);
    }

    static Task<PollWorld> WorldAsync(Func<FaultScript, FaultScript>? faults = null) =>
        PollWorld.CreateAsync(faults, options => options with { LoginDelay = Delay });
}
