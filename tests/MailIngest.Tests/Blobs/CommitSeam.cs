using MailIngest.Blobs;

namespace MailIngest.Tests.Blobs;

/// <summary>How a commit is done, given the draft that would do it.</summary>
delegate Task<CommitOutcome> Commit(IBlobDraft draft, BlobName name, BlobFacts facts, CancellationToken stop);

/// <summary>A store of which every commit is done in another way: one that is told of, or one that is broken on purpose.</summary>
sealed class CommitSeam(IBlobStore store, Commit commit) : IBlobStore
{
    public string Place => store.Place;

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new Draft(store.Begin(name, expectedOctets, mayBeThere), commit);

    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => store.FindAsync(name, stop);

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    sealed class Draft(IBlobDraft draft, Commit commit) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public bool Unload() => draft.Unload();

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) => draft.AdvanceAsync(octets, stop);

        public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) => commit(draft, name, facts, stop);

        public ValueTask DisposeAsync() => draft.DisposeAsync();
    }
}
