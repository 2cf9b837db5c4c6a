using MailIngest.Blobs;

namespace MailIngest.Tests.Auditing;

/// <summary>A store whose commits are told to a witness before the worker hears of them.</summary>
sealed class WatchedStore(IBlobStore store, Func<BlobName, Task> committed) : IBlobStore
{
    public string Place => store.Place;

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new Draft(store.Begin(name, expectedOctets, mayBeThere), committed);

    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => store.FindAsync(name, stop);

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    sealed class Draft(IBlobDraft draft, Func<BlobName, Task> committed) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) => draft.AdvanceAsync(octets, stop);

        public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
        {
            try
            {
                return await draft.CommitAsync(name, facts, stop);
            }
            finally
            {
                await committed(name); // also when it is said to have failed: what is there, is there
            }
        }

        public ValueTask DisposeAsync() => draft.DisposeAsync();
    }
}
