using MailIngest.Blobs;

namespace MailIngest.Tests.Polling;

/// <summary>
/// A blob store whose commits fail when asked to, and that has no room for large messages: the disk is full, the network is gone.
/// </summary>
sealed class FailingBlobs(IBlobStore inner, Func<int, bool> failsAt, long room = long.MaxValue) : IBlobStore
{
    readonly long _room = room;
    int _commits;

    public string Place => inner.Place;

    /// <summary>For each message begun, whether it may be there.</summary>
    public List<bool> MayBeThere { get; } = [];

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false)
    {
        MayBeThere.Add(mayBeThere);
        return new Draft(this, inner.Begin(name, expectedOctets, mayBeThere));
    }

    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => inner.FindAsync(name, stop);

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => inner.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => inner.OpenReadAsync(name, stop);

    public Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    sealed class Draft(FailingBlobs store, IBlobDraft inner) : IBlobDraft
    {
        long _octets;

        public bool NameIsFixed => inner.NameIsFixed;

        public bool Unload() => inner.Unload();

        public Memory<byte> GetMemory() => inner.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) =>
            (_octets += octets) > store._room ? throw Full() : inner.AdvanceAsync(octets, stop);

        public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) =>
            store.Fails(Interlocked.Increment(ref store._commits))
                ? throw Full()
                : inner.CommitAsync(name, facts, stop);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    bool Fails(int commit) => failsAt(commit);

    static BlobStoreException Full() => new("Folder /full: no space left on device; make room.", null, isTransient: true);
}
