using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// The connection to the container breaks at every request of a session, before the store hears of it, before its answer, and in the
/// middle of its answer: small messages, and one so large that it is sent in blocks. Nothing is lost or stored twice, and what the store
/// has is not sent again.
/// </summary>
[Trait("Needs", "Azurite"), Trait("Needs", "gcc")]
public sealed class CutStoreTests(SharedAzurite azurite)
{
    static readonly byte[][] Mail = [SampleMail.Make(1), SampleMail.Make(2, 5 << 20), SampleMail.Make(3)];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wherever_the_connection_to_the_store_is_cut_nothing_is_lost_and_nothing_is_stored_twice()
    {
        await using var host = new OwnHost();
        await using var proxy = new StoreProxy(azurite.Server.ConnectionString);
        var requests = await RecordAsync(host, proxy);
        IReadOnlyList<(int Request, CutAt At)> points =
            [.. Enumerable.Range(1, requests.Count).SelectMany(request => Enum.GetValues<CutAt>().Select(at => (request, at)))];
        var what = $"cuts at {requests.Count} requests to Azurite × {Enum.GetValues<CutAt>().Length}";
        var report = new FaultReport(what, points.Count, every: 1);
        foreach (var point in points)
            await report.AtAsync($"{point.At} of {point.Request}", () => CutAsync(host, proxy, point, report));
        report.End();

        Assert.Equal(2, requests.Count(request => request.Kind == "Put Blob"));
        Assert.Equal(3, requests.Count(request => request.Kind == "Put Block"));
        Assert.Equal(1, requests.Count(request => request.Kind == "Put Block List"));
    }

    async Task<IReadOnlyList<StoreRequest>> RecordAsync(MailHost host, StoreProxy proxy)
    {
        using var ordeal = await PrepareAsync(host, proxy);
        proxy.Begin([]);
        (await ordeal.StrikeAsync()).Ended(ExitCode.Done);
        Assert.True(ordeal.IsDelivered);
        // New messages cost no request beyond those that store them.
        Assert.All(proxy.Requests, request => Assert.True(request.Sends, $"{request}"));
        return proxy.Requests;
    }

    async Task<string?> CutAsync(MailHost host, StoreProxy proxy, (int Request, CutAt At) point, FaultReport report)
    {
        using var ordeal = await PrepareAsync(host, proxy);
        proxy.Begin([], point);
        var run = await ordeal.StrikeAsync();
        Assert.True(proxy.Requests.Count >= point.Request, "There was no such request.");
        Assert.False(run.Killed, run.Output);
        var said = run.ExitCode == (int)ExitCode.Done ? "" : ", and said so";
        if (said.Length > 0)
            run.Said("container");
        else
            Assert.True(ordeal.IsDelivered, $"Exit code 0, and not everything is delivered:\n{run.Output}");
        var end = (ordeal.IsDelivered ? "delivered" : "not stored, not deleted") + said;
        report.Add(await ordeal.RecoverAsync());
        return end;
    }

    async Task<Ordeal> PrepareAsync(MailHost host, StoreProxy proxy)
    {
        var blobs = new BlobContainer(proxy.ConnectionString, await azurite.Server.NewContainerAsync(Stop));
        return new(host, new Workplace { Blobs = blobs }, proxy, mail: Mail);
    }
}
