using System.Globalization;
using MailIngest.Auditing;
using MailIngest.Mailboxes;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.FaultLab;

/// <summary>
/// The faults that mail fetchers were compared with, each against the same server: five messages of half a kilobyte, and everything
/// announced that matters. After two or three polls nothing is lost and nothing is there twice, whatever the server did. Prints one line
/// per row.
/// </summary>
public class FaultLabTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Normal_delete_mode()
    {
        await using var world = await LabAsync();
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(["RETR 1", "RETR 2", "RETR 3", "RETR 4", "RETR 5"], world.Commands("RETR"));
        Assert.Equal(["DELE 1", "DELE 2", "DELE 3", "DELE 4", "DELE 5"], world.Commands("DELE"));
        Passed(world, "normal, delete mode");
    }

    [Fact]
    public async Task The_server_drops_the_connection_inside_message_3()
    {
        await using var world = await LabAsync(faults => faults.At("RETR", message: 3, session: 1).CutAfterOctets(246));
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        await world.PollAsync();
        await world.PollAsync();
        Passed(world, "drop inside message 3");
    }

    [Fact]
    public async Task The_client_is_killed_inside_message_4()
    {
        await using var world = await LabAsync(faults => faults.At("RETR", message: 4, session: 1).StallAfterOctets(246));
        using var kill = new CancellationTokenSource();
        var poll = world.RunAsync(stop: kill.Token);
        await world.Server.Events.WaitForAsync(happened => happened is { Kind: ServerEventKind.Fault, Message: 4 }, PollWorld.Stop);
        await kill.CancelAsync();
        await poll;
        await world.RestartWorkerAsync();
        await world.Server.SessionsClosedAsync(PollWorld.Stop);
        Assert.InRange(world.Stored, 0, 3);
        await world.PollAsync();
        await world.PollAsync();
        Passed(world, "killed inside message 4");
    }

    [Fact]
    public async Task QUIT_answers_ERR_and_nothing_was_removed()
    {
        await using var world = await LabAsync(faults => faults.At("QUIT", session: 1).Refuses("some deleted messages not removed"));
        var report = await world.PollAsync();
        Assert.NotNull(report.QuitRefused);
        Assert.Equal(0, report.Deleted);
        Assert.Equal(5, world.Maildrop.Count);
        await world.PollAsync();
        Assert.Equal(5, world.Commands("RETR").Count);
        await world.PollAsync();
        Passed(world, "QUIT -ERR, nothing removed");
    }

    [Fact]
    public async Task RETR_2_answers_ERR_every_time()
    {
        await using var world = await LabAsync(faults => faults.At("RETR", message: 2, session: 1).Refuses("internal error")
            .At("RETR", message: 1, session: 2).Refuses("internal error")
            .At("RETR", message: 1, session: 3).Refuses("internal error"));
        await world.PollAsync();
        Assert.Equal(4, world.Stored);
        Assert.Equal(1, world.Maildrop.Count);
        await world.PollAsync();
        await world.PollAsync();
        Print(world, "RETR 2 -ERR for ever");
        Assert.Equal(1, world.Maildrop.Count);
        await world.PollAsync();
        Passed(world, "RETR 2 -ERR, then served");
    }

    [Fact]
    public async Task Two_messages_share_a_unique_id()
    {
        await using var world = await LabAsync(messages: 3);
        world.Deliver(uniqueId: "shared");
        world.Deliver(uniqueId: "shared");
        await world.PollAsync();
        await world.PollAsync();
        Passed(world, "two messages share a unique-id");
    }

    [Fact]
    public async Task The_server_reuses_the_unique_ids_for_five_new_messages()
    {
        await using var world = await LabAsync();
        await world.PollAsync();
        var used = world.Server.Events.Removals.Select(removed => removed.UniqueId!).ToList();
        Assert.Equal(5, used.Count);
        foreach (var uniqueId in used)
            world.Deliver(uniqueId: uniqueId);
        await world.PollAsync();
        Assert.Equal(10, world.Stored);
        await world.PollAsync();
        Passed(world, "unique-ids re-used for 5 new");
    }

    [Fact]
    public async Task No_UIDL()
    {
        await using var world = await LabAsync(server: options => options with { Uidl = false });
        await world.PollAsync();
        await world.PollAsync();
        Passed(world, "no UIDL");
    }

    [Fact]
    public async Task IN_USE_on_PASS()
    {
        await using var world = await LabAsync(faults => faults.At("PASS", session: 1).Refuses("[IN-USE] another session is active"));
        var report = await world.PollAsync();
        Assert.Null(report.Failure);
        Assert.Equal(2, world.Commands("PASS").Count);
        await world.PollAsync();
        Passed(world, "[IN-USE] on PASS");
    }

    [Fact]
    public async Task LOGIN_DELAY_900_is_announced_and_enforced()
    {
        await using var world = await LabAsync(
            server: options => options with { LoginDelay = TimeSpan.FromSeconds(900), ExtraCapabilities = ["EXPIRE 0"] },
            mailbox: mailbox => mailbox with { CommitEvery = 2 });
        await world.PollAsync();
        Assert.Single(world.Commands("PASS"));
        var early = await world.RunAsync();
        Assert.Equal((ExitCode.Ok, world.Clock.GetUtcNow().AddSeconds(900)), (early.ExitStatus, early.Postponed));
        Assert.Single(world.Commands("PASS"));
        for (var poll = 0; poll < 3; poll++)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(900));
            await world.PollAsync();
        }
        Passed(world, "LOGIN-DELAY 900, enforced");
    }

    [Fact]
    public async Task One_message_of_100_MB()
    {
        await using var world = await LabAsync(messages: 0);
        const long lines = 1_281_000;
        world.Expect(world.Maildrop.Add(() => new RepeatedLines(Mail.Numbered(1), lines), 500 + lines * RepeatedLines.LineOctets));
        await world.PollAsync();
        await world.PollAsync();
        Passed(world, "one message of 100 MB");
    }

    [Fact]
    public async Task Two_hundred_messages_cost_a_dozen_round_trips_and_not_four_hundred()
    {
        await using var world = await LabAsync(messages: 200);
        await using var wire = RoundTrips.To(world.Server.EndPoint);
        world.Port = wire.Port;
        await world.PollAsync();
        Passed(world, "200 messages");
        output.WriteLine($"{wire.Count} round trips: {wire.Count * 20} ms at 20 ms each");
        // Greeting, CAPA, USER, PASS, CAPA with the listing, RETR, DELE, QUIT: eight. Some more when a burst of commands arrives in pieces.
        Assert.InRange(wire.Count, 5, 15);
    }

    /// <summary>The server of the lab: sessions lock the maildrop, and the announcements are those of Gmail.</summary>
    static async Task<PollWorld> LabAsync(
        Func<FaultScript, FaultScript>? faults = null, int messages = 5, Func<Pop3ServerOptions, Pop3ServerOptions>? server = null,
        Func<Mailbox, Mailbox>? mailbox = null)
    {
        var lab = (Pop3ServerOptions options) => options with
        {
            Sasl = [],
            AuthRespCode = false,
            ExtraCapabilities = ["LOGIN-DELAY 900", "EXPIRE 0"],
            Faults = FaultScript.None,
        };
        var world = await PollWorld.CreateAsync(faults, options => server?.Invoke(lab(options)) ?? lab(options), mailbox);
        world.Deliver(messages);
        return world;
    }

    void Passed(PollWorld world, string row)
    {
        Print(world, row);
        world.AssertAllMoved();
    }

    void Print(PollWorld world, string row) =>
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {row,-30} | stored {world.Stored,3} | lost {world.Count(Breach.Lost)} | twice {world.Count(Breach.Twice)} |"));
}
