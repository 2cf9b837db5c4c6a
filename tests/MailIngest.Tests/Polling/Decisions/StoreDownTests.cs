using MailIngest.Polling;
using MailIngest.Pop3.Server;
using MailIngest.Tests.DeliveryPromise;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>While the blob store is down nobody is signed in to, and as soon as it is back the mail flows.</summary>
public class StoreDownTests
{
    [Fact]
    public async Task While_the_breaker_is_open_no_mailbox_is_connected_to_and_the_first_probe_that_works_opens_all()
    {
        await using var world = await PollWorld.CreateAsync();
        var down = new FaultyStore(world.Blobs);
        down.Fail(StoreCall.Commit);
        world.Deliver(3);
        PollReport report;
        do
            report = await world.PollAsync(down);
        while (report.Postponed is null);
        var connected = Connections(world);
        var failures = (await world.Ledger.ReadTraitsAsync("sales", PollWorld.Stop)).Failures;
        Assert.InRange(connected, 1, Retries.StoreFailures);

        for (var minute = 0; minute < 60; minute++)
        {
            report = await world.PollAsync(down);
            Assert.Equal((PollResult.Store, ExitCode.Temporary), (report.Result, report.ExitStatus));
            Assert.InRange(report.Postponed!.Value - world.Clock.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromMinutes(5));
            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(connected, Connections(world));
        Assert.Equal(failures, (await world.Ledger.ReadTraitsAsync("sales", PollWorld.Stop)).Failures);

        down.At = null;
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(3, (await world.PollAsync(down)).Counts.Fetched);
        Assert.Null(world.Retries.StoreProblem);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task One_message_that_the_store_refuses_silences_no_other_mailbox()
    {
        await using var world = await PollWorld.CreateAsync();
        var refusing = new FailingBlobs(world.Blobs, _ => false, room: 2000);
        world.Deliver(octets: 5000);
        for (var poll = 0; poll < 3 * Retries.StoreFailures; poll++)
        {
            var report = await world.PollAsync(refusing);
            Assert.Equal((PollResult.Store, null), (report.Result, report.Postponed));
            Assert.Null(world.Retries.StoreProblem);
            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        world.Deliver(3);
        Assert.Equal(3, (await world.PollAsync(refusing)).Counts.Fetched);
    }

    static int Connections(PollWorld world) => world.Server.Events.Count(happened => happened.Kind == ServerEventKind.Connected);
}
