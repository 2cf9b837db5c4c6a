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
        return new CommitSeam(store, async (draft, name, facts, stop) =>
        {
            var outcome = await draft.CommitAsync(name, facts, stop);
            if (outcome == CommitOutcome.Created)
                created(name.Path, facts.Sha256);
            return outcome;
        });
    }

    public void Dispose()
    {
        foreach (var store in _open)
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_path is not null)
            Directory.Delete(_path, recursive: true);
    }
}
