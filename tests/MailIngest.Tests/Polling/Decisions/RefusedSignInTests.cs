using MailIngest.Polling;
using MailIngest.Pop3.Server;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A wrong password is tried a few times and no more: an account is never locked out by hammering, and somebody is told.</summary>
public class RefusedSignInTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 0, 1, 2)]
    [InlineData(false, 0, 15, 15 + 120)] // it may mean something that passes
    public async Task In_a_day_of_polls_each_minute_the_server_sees_the_configured_few(bool coded, params int[] minutes)
    {
        await using var world = await WrongAsync(coded);
        var poll = world.Poll();
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            if (minute % 500 == 499)
            {
                await world.RestartWorkerAsync();
                poll = world.Poll();
            }
            var report = await poll.RunAsync(world.Here, new PollReport("sales"), CancellationToken.None, Stop);
            Assert.Equal((PollResult.Auth, ExitCode.SignInRefused), (report.Result, report.ExitStatus));
            Assert.Equal(minutes.Contains(minute), report.CredentialsRefused);
            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(3, world.Commands("AUTH").Count);
        Assert.Equal(3, world.Server.Events.Count(happened => happened.Kind == ServerEventKind.Connected));
    }

    [Fact]
    public async Task A_server_that_cannot_say_why_is_asked_once_more_after_a_day()
    {
        await using var world = await WrongAsync(coded: false);
        await PollAsync(world, 10);
        for (var day = 1; day <= 3; day++)
        {
            world.Clock.Advance(TimeSpan.FromDays(1));
            await PollAsync(world, 10);
            Assert.Equal(1 + day, world.Commands("AUTH").Count);
        }
    }

    [Fact]
    public async Task A_clock_that_was_years_ahead_does_not_keep_a_mailbox_suspended_for_years()
    {
        await using var world = await WrongAsync(coded: false);
        await using (var lease = await world.Ledger.TakeLeaseAsync("sales", "earlier", TimeSpan.FromMinutes(1), _ => false, Stop))
            await world.Ledger.SaveTraitsAsync(lease!, new() { SignInRefusals = 3, SignInMark = "of then", SuspendedUntil = A.Noon.AddYears(4) }, Stop);
        Assert.False(SignInRule.IsSuspended(await world.Ledger.ReadTraitsAsync("sales", Stop), A.Noon));
        Assert.True(SignInRule.IsSuspended(new() { SignInMark = "of now", SuspendedUntil = A.Noon.AddDays(1) }, A.Noon));
        Assert.True(SignInRule.IsSuspended(new() { SignInMark = "for good", SuspendedUntil = DateTimeOffset.MaxValue }, A.Noon));
    }

    [Fact]
    public async Task Another_password_lifts_the_suspension_at_the_next_poll_and_success_forgets_it()
    {
        await using var world = await WrongAsync(coded: true);
        await PollAsync(world, 5);
        await world.RestartWorkerAsync();
        world.Mailbox = world.Mailbox with { Password = Password("secret") };
        world.Deliver();
        Assert.Null((await world.RunAsync()).Failure);
        Assert.Equal(4, world.Commands("AUTH").Count);
        world.AssertAllMoved();
        var traits = await world.Ledger.ReadTraitsAsync("sales", Stop);
        Assert.Equal((null, null, null, 0, null),
            (traits.SignInRefusals, traits.SignInMark, traits.SuspendedUntil, traits.Failures, traits.LastError));
    }

    [Fact]
    public async Task Another_file_lifts_it_too_and_begins_a_new_count()
    {
        await using var world = await WrongAsync(coded: true);
        await PollAsync(world, 5);
        world.Mailbox = world.Mailbox with { Revision = "another" };
        await PollAsync(world, 5);
        Assert.Equal(6, world.Commands("AUTH").Count);
    }

    [Fact]
    public async Task The_report_of_a_suspended_mailbox_says_since_when_what_was_said_and_what_to_do()
    {
        await using var world = await WrongAsync(coded: true);
        await PollAsync(world, 3);
        world.Clock.Advance(TimeSpan.FromHours(5));
        var failure = (await world.RunAsync()).Failure!;
        Assert.StartsWith("sales is suspended since 2026-06-01 12:00Z, until its secret or its file changes (any change of the "
            + "file counts): "
            + "signing in as sales@example.org: ", failure.Sentence, StringComparison.Ordinal);
        Assert.Contains("[AUTH]", failure.Sentence, StringComparison.Ordinal);
        Assert.EndsWith("check username and password in sales.json", failure.Sentence, StringComparison.Ordinal);
        Assert.Contains(world.Log.Lines, line => line.Contains("sales is suspended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_is_a_failure_and_no_refusal()
    {
        await using var world = await WrongAsync(coded: true);
        var known = world.Mailbox.Password;
        world.Mailbox = world.Mailbox with
            { Password = new FileSecret(new("mailbox sales", "password", "sales.json"), "/nonexistent/password") };
        await PollAsync(world, 5);
        var traits = await world.Ledger.ReadTraitsAsync("sales", Stop);
        Assert.Equal((null, 1), (traits.SignInRefusals, traits.Failures));
        Assert.Contains("does not exist", traits.LastError, StringComparison.Ordinal);
        Assert.Empty(world.Commands("AUTH"));

        world.Mailbox = world.Mailbox with { Password = known };
        await PollAsync(world, 5);
        Assert.Equal(3, world.Commands("AUTH").Count);
    }

    [Fact]
    public async Task The_ledger_holds_nothing_of_the_password_but_a_salted_mark()
    {
        await using var world = await WrongAsync(coded: true);
        await PollAsync(world, 1);
        var mark = (await world.Ledger.ReadTraitsAsync("sales", Stop)).SignInMark!;
        Assert.Matches("^[0-9a-f]{32}:[0-9a-f]{64}$", mark);
        var marks = new SignInMark();
        Assert.True(marks.StandsFor(mark, world.Here, new("wrong")));
        Assert.False(marks.StandsFor(mark, world.Here, new("secret")));
        Assert.False(marks.StandsFor("damaged", world.Here, new("wrong")));
        Assert.NotEqual(mark, marks.Of(world.Here, new("wrong"), null));
    }

    [Fact]
    public async Task SYS_PERM_is_not_insisted_on_and_waits_the_longest()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("AUTH").Refuses("[SYS/PERM] no such maildrop"));
        var report = await world.RunAsync();
        Assert.Equal((ExitCode.SignInRefused, A.Noon + Retries.Ceiling), (report.ExitStatus, report.Postponed));
        Assert.False(report.CredentialsRefused);
        Assert.Single(world.Commands("AUTH"));
    }

    static async Task PollAsync(PollWorld world, int times)
    {
        var poll = world.Poll();
        for (var i = 0; i < times; i++)
            Assert.NotNull((await poll.RunAsync(world.Here, new PollReport("sales"), CancellationToken.None, Stop)).Failure);
    }

    static Task<PollWorld> WrongAsync(bool coded) => PollWorld.CreateAsync(
        server: options => options with { AuthRespCode = coded, RespCodes = coded }, mailbox: mailbox =>
            mailbox with { Password = Password("wrong") });

    static InlineSecret Password(string password) => new(new("mailbox sales", "password", "sales.json"), new Secret(password));
}
