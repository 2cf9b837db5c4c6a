using MailIngest.Commands;
using MailIngest.Pop3.Server;
using MailIngest.Settings;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>Verbs sign in as well, and cron repeats them: what the server refuses them counts with what it refuses the polls.</summary>
public class MaildropVisitTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_verb_that_is_repeated_with_a_wrong_password_is_refused_three_times_and_no_poll_sends_it_again(bool holds)
    {
        await using var world = await PollWorld.CreateAsync();
        world.Mailbox = world.Mailbox with { Password = Password("wrong") };
        for (var night = 0; night < 10; night++)
        {
            await using var lease = holds ? await LedgerAccess.TakeAsync(world.Ledger, "sales", Stop) : null;
            Assert.NotEqual(ExitCode.Ok, await VisitAsync(world, lease));
        }
        Assert.Equal(3, SignIns(world));
        world.Clock.SetUtcNow(TimeProvider.System.GetUtcNow()); // verbs go by the system's
        await world.RunAsync();
        Assert.Equal(3, SignIns(world));

        world.Mailbox = world.Mailbox with { Password = Password("secret") };
        Assert.Equal(ExitCode.Ok, await VisitAsync(world, null));
        Assert.Null((await world.RunAsync()).Failure);
    }

    [Fact]
    public async Task While_a_poll_holds_the_mailbox_a_verb_writes_nothing_about_it()
    {
        await using var world = await PollWorld.CreateAsync();
        await using var poll = await world.Ledger.TakeLeaseAsync("sales", "another", TimeSpan.FromMinutes(5), _ => false, Stop);
        world.Mailbox = world.Mailbox with { Password = Password("wrong") };
        await VisitAsync(world, null);
        Assert.Equal(new(), await world.Ledger.ReadTraitsAsync("sales", Stop));
    }

    static Task<int> VisitAsync(PollWorld world, MailIngest.Ledger.MailboxLease? lease) =>
        MaildropVisit.RunAsync(world.Here, world.Ledger, lease, world.Log, _ => Task.CompletedTask, Stop);

    static int SignIns(PollWorld world) => world.Server.Events.Count(happened => happened.Kind == ServerEventKind.Connected);

    static InlineSecret Password(string password) => new(new("mailbox sales", "password", "sales.json"), new Secret(password));
}
