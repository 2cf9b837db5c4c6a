using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Soak;

/// <summary>What a worker costs while no mail comes.</summary>
public sealed class IdleCostTests
{
    const int Mailboxes = 1000;
    const long MostResident = 250L << 20;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_thousand_mailboxes_every_minute_stay_under_250_MiB() =>
        MeasureAsync(warmUp: TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20), every: "10s");

    [Fact, Trait("Length", "Full")]
    public Task A_thousand_mailboxes_every_minute_stay_under_250_MiB_for_five_minutes() =>
        MeasureAsync(warmUp: TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), every: "1m");

    static async Task MeasureAsync(TimeSpan warmUp, TimeSpan time, string every)
    {
        var web = FreePort.Take();
        using var place = new Workplace
        {
            MoreSettings = new()
            {
                ["web"] = new JsonObject { ["listen"] = $"127.0.0.1:{web}" },
                ["limits"] = new JsonObject { ["sessions"] = 16, ["sessionsPerHost"] = 16 },
            },
        };
        var users = Enumerable.Range(1, Mailboxes).Select(number => string.Create(CultureInfo.InvariantCulture, $"user{number:0000}"))
            .ToList();
        await using var server = Pop3Server.Start(new Pop3ServerOptions
        {
            Accounts = users.ToDictionary(user => user, _ => new Pop3Account("open-sesame-to-all", new Maildrop())),
        });
        foreach (var user in users)
        {
            var mailbox = place.Mailbox(user, server.Port, user, "open-sesame-to-all", Transport.Plaintext);
            mailbox["every"] = every;
            place.WriteMailbox(user, mailbox.ToJsonString());
        }

        await using var worker = place.StartRun();
        await Task.Delay(warmUp, Stop);
        var (signedIn, processor, clock) = (server.Events.SignIns.Count, ProcessFigures.Processor(worker.Id), Stopwatch.StartNew());
        var peak = 0L;
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (clock.Elapsed < time && await often.WaitForNextTickAsync(Stop))
            peak = Math.Max(peak, ProcessFigures.Resident(worker.Id));

        var polls = server.Events.SignIns.Count - signedIn;
        var used = ProcessFigures.Processor(worker.Id) - processor;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Mailboxes} mailboxes, every {every}: {polls / clock.Elapsed.TotalSeconds:0} polls/s, {100 * used / clock.Elapsed:0.0} % "
                + $"of one core, "
            + $"{used.TotalMilliseconds / Math.Max(polls, 1):0.00} ms of processor a poll, peak RSS {peak >> 20} MiB"));
        Assert.True(polls >= Mailboxes, $"{polls} polls in {clock.Elapsed}: not every mailbox had its turn.\n{worker.Output}");
        Assert.True(peak < MostResident, $"Peak RSS is {peak >> 20} MiB.");
        worker.Terminate();
        (await worker.EndAsync()).Ended(ExitCode.Done);
    }
}
