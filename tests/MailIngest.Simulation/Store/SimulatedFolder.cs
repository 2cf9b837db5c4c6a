using MailIngest.Blobs;

namespace MailIngest.Simulation.Store;

/// <summary>A folder for the real file store, in memory where the machine has such a file system. What appears in it is told.</summary>
sealed class SimulatedFolder(Action<string, string> created, TimeProvider clock) : IDisposable
{
    readonly List<FileBlobStore> _open = [];
    string? _path;

    public IBlobStore Open()
    {
        _path ??= Directory.CreateDirectory(MemoryFolder.NewPath("blobs")).FullName;
        var store = FileBlobStore.Open(_path, clock);
        _open.Add(store);
        return new Telling(store, created);
    }

    public void Dispose()
    {
        foreach (var store in _open)
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_path is not null)
            Directory.Delete(_path, recursive: true);
    }

    /// <summary>Tells of each blob that its commit has created.</summary>
    sealed class Telling(FileBlobStore store, Action<string, string> created) : IBlobStore
    {
        public string Place => store.Place;

        public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
            new Draft(store.Begin(name, expectedOctets, mayBeThere), created);

        public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => store.FindAsync(name, stop);

        public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

        public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

        public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }

    sealed class Draft(IBlobDraft draft, Action<string, string> created) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) => draft.AdvanceAsync(octets, stop);

        public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
        {
            var outcome = await draft.CommitAsync(name, facts, stop);
            if (outcome == CommitOutcome.Created)
                created(name.Path, facts.Sha256);
            return outcome;
        }

        public ValueTask DisposeAsync() => draft.DisposeAsync();
    }
}
