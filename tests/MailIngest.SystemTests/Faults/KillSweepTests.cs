using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;
using Xunit.Sdk;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// kill -9 at every call of a small session on a file of the worker's own or on a socket, as <see cref="Interposed"/> sees them: a clean
/// run ends with every message stored once, fetches no message again whose row was written, and uploads nothing that was there.
/// </summary>
/// <remarks>
/// A point is the n-th call of a name on an object; there are as many as every one of several recorded runs has. What only some runs have,
/// as the commit of a message that in others shared one, is struck at where it comes. To be killed after a call is to be killed before the
/// next one of the same thread, so that each call needs one death.
/// </remarks>
[Trait("Needs", "Dovecot"), Trait("Needs", "Azurite"), Trait("Needs", "gcc")]
public sealed class KillSweepTests(SharedDovecot dovecot, SharedAzurite azurite)
{
    /// <summary>How often a point that did not come is waited for.</summary>
    const int Patience = 12;

    const int LaneCount = 2;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData(false, false, 17), InlineData(false, true, 23), InlineData(true, false, 19), InlineData(true, true, 29)]
    public Task A_killed_worker_loses_nothing_and_stores_nothing_twice(bool own, bool container, int every) =>
        SweepAsync(own, container, every);

    [Theory, Trait("Length", "Full"), InlineData(false, false), InlineData(false, true), InlineData(true, false), InlineData(true, true)]
    public Task A_killed_worker_loses_nothing_and_stores_nothing_twice_at_any_call(bool own, bool container) =>
        SweepAsync(own, container, every: 1);

    /// <summary>The sweep can fail: a worker whose links are not made is told from one that keeps the promise.</summary>
    [Fact]
    public async Task A_worker_that_deletes_what_it_did_not_store_is_noticed()
    {
        await using var host = new OwnHost();
        using var ordeal = new Ordeal(host, new Workplace());

        await Assert.ThrowsAnyAsync<XunitException>(() => ordeal.StrikeAsync(Fault.Skips("link")));

        Assert.True(ordeal.IsBroken);
    }

    async Task SweepAsync(bool own, bool container, int every)
    {
        await using var lanes = new Lanes(LaneCount, () => new Lane(
            own ? new OwnHost() : new DovecotHost(dovecot.Server), container ? new StoreProxy(azurite.Server.ConnectionString) : null));
        var (points, sometimes) = await Ordeal.PointsAsync(() => PrepareAsync(lanes.First));
        var what = $"kill -9, {lanes.First.Host}, {(container ? "Azurite" : "folder")} + SQLite";
        var report = new FaultReport(what, points.Count, every);
        await report.SweepAsync(points, lanes, (lane, point) => KillAsync(lane, point, Patience, report));
        var more = 0;
        foreach (var point in FaultReport.Share(sometimes, every))
            more += await KillAsync(lanes.First, point, tries: 1, report) is null ? 0 : 1;
        report.End($"; killed too at {more} of {FaultReport.Share(sometimes, every).Count} points that only some runs have");
    }

    async Task<string?> KillAsync(Lane lane, Point point, int tries, FaultReport report)
    {
        for (; tries > 0; tries--)
        {
            using var ordeal = await PrepareAsync(lane);
            var run = await ordeal.StrikeAsync(Fault.Kill(point));
            if (!run.Killed)
                run.Ended(ExitCode.Done);
            report.Add(await ordeal.RecoverAsync());
            if (run.Killed)
                return "killed";
        }
        return null;
    }

    async Task<Ordeal> PrepareAsync(Lane lane) =>
        new(lane.Host, lane.Store is not { } store ? new Workplace() : new Workplace
        {
            Blobs = new BlobContainer(store.ConnectionString, await azurite.Server.NewContainerAsync(Stop)),
        }, lane.Store);
}
