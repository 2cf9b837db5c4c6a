namespace MailIngest.SystemTests.Faults;

/// <summary>What one point of a sweep after the other needs: points on several lanes are struck at the same time.</summary>
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
