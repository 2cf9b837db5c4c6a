using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MailIngest.Blobs;

/// <summary>A folder of message files, the embedded default: each file is the message and nothing else.</summary>
/// <remarks>
/// A blob is written to a temporary file, synced, linked to its name and its directory synced; only then is it said to be stored. An error
/// of a sync is final for that blob: it is not stored. Files are 0600, directories 0700. One thread commits whatever waits, so that many
/// messages share the disk's commits (<see cref="FileCommitter"/>).
/// </remarks>
public sealed class FileBlobStore : IBlobStore
{
    /// <summary>Leftovers of a crash are removed when they are older than this.</summary>
    static readonly TimeSpan _s_stale = TimeSpan.FromHours(24);

    const string TemporaryFolder = ".tmp";
    const string TemporaryPrefix = "mailingest-";

    readonly string _root;
    readonly string _temporary;
    readonly PathSync _sync;
    readonly FileCommitter _committer;

    FileBlobStore(string root, string place, PathSync sync, FileCommitter committer)
    {
        _root = root;
        _temporary = Path.Combine(root, TemporaryFolder);
        (Place, _sync, _committer) = (place, sync, committer);
    }

    /// <inheritdoc/>
    public string Place { get; }

    /// <summary>
    /// Opens the store in a folder, which is made when it is missing, and sweeps temporary files that crashes left more than 24 hours ago.
    /// </summary>
    /// <exception cref="BlobStoreException">The folder cannot be made or used.</exception>
    public static FileBlobStore Open(string folder, TimeProvider clock) =>
        Open(folder, clock, Posix.FsyncExisting, root => FileSystemSync.TryOpen(root, clock), new SyncCrew().ForEach);

    /// <summary>The same with a say in how paths, and all files at once, are synced and how jobs are shared, for a fault injector.</summary>
    internal static FileBlobStore Open(
        string folder, TimeProvider clock, Action<string> fsync, Func<string, FileSystemSync?> syncfs, Action<int, Action<int>> forEach)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!OperatingSystem.IsLinux())
            throw new BlobStoreException(
                $"Folder {root}: durable files need Linux; use that, or the Azure store.", null, isTransient: false);

        var place = $"folder {root}";
        var sync = new PathSync(place, fsync);
        var directories = new DurableDirectories(root, sync);
        try
        {
            directories.MakeRoot();
            directories.Ensure(Path.Combine(root, TemporaryFolder));
            Sweep(Path.Combine(root, TemporaryFolder), clock.GetUtcNow() - _s_stale);
            return new FileBlobStore(root, place, sync, new FileCommitter(directories, sync, syncfs(root), forEach));
        }
        catch (PosixException e)
        {
            throw e.Explain(place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"Folder {root} cannot be read: {e.Message}", e, isTransient: false);
        }
    }

    /// <inheritdoc/>
    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new FileDraft(this, _committer, expectedOctets, mayBeThere);

    /// <inheritdoc/>
    public async ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop)
    {
        try
        {
            await using var content = Open(PathOf(name));
            var sha256 = await SHA256.HashDataAsync(content, stop);
            return new StoredBlob(name, content.Position, Convert.ToHexStringLower(sha256));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(name, e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, [EnumeratorCancellation] CancellationToken stop)
    {
        using var files = Listing(() => Files(BlobName.PrefixOf(mailboxId)));
        while (true)
        {
            // The disk is slow, and its listing knows no other way than to wait for it.
            if (await Task.Run(() => Listing(() => files.MoveNext() ? files.Current : null), stop) is not { } file)
                yield break;
            yield return file;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult<Stream>(new BlobContent(Open(PathOf(name)), (e, _) => Explain(e)));
        }
        catch (Exception e) when (Explain(e) is { } failure)
        {
            throw failure;
        }

        BlobStoreException? Explain(Exception e) => e is IOException or UnauthorizedAccessException ? Unreadable(name, e) : null;
    }

    /// <inheritdoc/>
    public async Task ProbeAsync(CancellationToken stop)
    {
        var name = new BlobName($"{TemporaryFolder}/{TemporaryPrefix}probe-{Guid.NewGuid():N}");
        try
        {
            await BlobProbe.RunAsync(this, name, stop);
        }
        finally
        {
            Posix.Unlink(PathOf(name));
        }
    }

    /// <summary>Ends the committer; what waits is committed first.</summary>
    public ValueTask DisposeAsync() => _committer.DisposeAsync();

    /// <summary>A name for a temporary file that nobody else uses.</summary>
    internal string NewTemporaryPath() => Path.Combine(_temporary, $"{TemporaryPrefix}{Guid.NewGuid():N}");

    /// <summary>The file of a name. A name cannot leave the root, hide or be a directory's own: such a name is refused.</summary>
    internal string PathOf(BlobName name)
    {
        foreach (var segment in name.Path.Split('/'))
        {
            if (segment.Length == 0 || segment == "." || segment == ".." || segment.Contains('\0', StringComparison.Ordinal))
                throw new ArgumentException($"Not a blob name: {Uri.EscapeDataString(name.Path)}", nameof(name));
        }

        return Path.Combine(_root, name.Path);
    }

    /// <summary>Whether the file that has the name holds exactly this content. What it holds is durable either way.</summary>
    internal async Task<bool> HoldsAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        var found = await FindAsync(name, stop)
            ?? throw new BlobStoreException(
                $"Folder {_root}: blob {name} was there and vanished; who else removes files there?", null, isTransient: true);
        // Ours are synced before they get a name; a file that somebody restored or copied here may not be. Other octets may yet turn out to
        // be the same message (StoredBlobs.VariantAsync).
        _sync.Run(PathOf(name));
        return found.Holds(facts);
    }

    IEnumerator<ListedBlob> Files(string prefix)
    {
        var folder = PathOf(new BlobName(prefix.TrimEnd('/')));
        if (!Directory.Exists(folder))
            return Enumerable.Empty<ListedBlob>().GetEnumerator();
        return new FileSystemEnumerable<ListedBlob>(
            folder,
            (ref FileSystemEntry file) => new(
                new BlobName(Path.GetRelativePath(_root, file.ToFullPath())), file.Length, null, file.LastWriteTimeUtc),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
        }.GetEnumerator();
    }

    T Listing<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"Folder {_root} cannot be listed: {e.Message}", e, isTransient: false);
        }
    }

    static void Sweep(string temporary, DateTimeOffset before)
    {
        foreach (var path in Directory.EnumerateFiles(temporary, $"{TemporaryPrefix}*"))
        {
            if (File.GetLastWriteTimeUtc(path) < before.UtcDateTime)
                Posix.Unlink(path);
        }
    }

    static FileStream Open(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        BufferSize = 0,
    });

    BlobStoreException Unreadable(BlobName name, Exception cause) =>
        new($"Folder {_root}: blob {name} cannot be read: {cause.Message}", cause, isTransient: false);
}
