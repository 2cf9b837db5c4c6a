namespace MailIngest.SystemTests.Faults;

/// <summary>What one point of a sweep after the other needs.</summary>
internal sealed class Lane(MailHost host, StoreProxy? store = null, PoweredDisk? disk = null) : IAsyncDisposable
{
    public MailHost Host => host;

    public StoreProxy? Store => store;

    public PoweredDisk? Disk => disk;

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        if (store is not null)
            await store.DisposeAsync();
        disk?.Dispose();
    }
}

/// <summary>Lanes on which a sweep goes forward at the same time: a worker waits more than it computes.</summary>
internal sealed class Lanes(int count, Func<Lane> open) : IAsyncDisposable
{
    readonly List<Lane> _lanes = [.. Enumerable.Range(0, count).Select(_ => open())];

    public Lane First => _lanes[0];

    public IReadOnlyList<Lane> All => _lanes;

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
            await lane.DisposeAsync();
    }
}
