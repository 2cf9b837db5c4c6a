using MailIngest.Blobs;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>A call to the store at which something can happen.</summary>
public enum StoreCall
{
    Advance,
    Commit,
    Committed,
    Find,
}

/// <summary>A store in whose calls something can be made to happen: a failure, a wait, the end of the process.</summary>
sealed class FaultyStore(IBlobStore store) : IBlobStore
{
    /// <summary>Runs at each call; what it throws the poll gets.</summary>
    public Func<StoreCall, Task>? At { get; set; }

    /// <summary>Nothing is written any more, and nothing tidied up.</summary>
    public volatile bool IsDead;

    public string Place => store.Place;

    public static BlobStoreException Down() => new("The store is down.", null, isTransient: true);

    /// <summary>From now on the call throws, so many times.</summary>
    public void Fail(StoreCall call, int times = int.MaxValue) =>
        At = now => now == call && times-- > 0 ? throw Down() : Task.CompletedTask;

    /// <summary>At the next such call this is done.</summary>
    public void Once(StoreCall call, Func<Task> done)
    {
        var struck = 0;
        At = now => now == call && Interlocked.Exchange(ref struck, 1) == 0 ? done() : Task.CompletedTask;
    }

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new Draft(this, store.Begin(name, expectedOctets, mayBeThere));

    public async ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop)
    {
        await ReachAsync(StoreCall.Find);
        return await store.FindAsync(name, stop);
    }

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    async Task ReachAsync(StoreCall call)
    {
        if (!IsDead && At is { } at)
            await at(call);
        if (IsDead)
            throw new OperationCanceledException("the process is dead");
    }

    sealed class Draft(FaultyStore store, IBlobDraft draft) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public bool Unload() => draft.Unload();

        public Memory<byte> GetMemory() => draft.GetMemory();

        public async ValueTask AdvanceAsync(int octets, CancellationToken stop)
        {
            await draft.AdvanceAsync(octets, stop);
            await store.ReachAsync(StoreCall.Advance);
        }

        public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
        {
            await store.ReachAsync(StoreCall.Commit);
            var outcome = await draft.CommitAsync(name, facts, stop);
            await store.ReachAsync(StoreCall.Committed);
            return outcome;
        }

        public ValueTask DisposeAsync() => store.IsDead ? ValueTask.CompletedTask : draft.DisposeAsync();
    }
}
