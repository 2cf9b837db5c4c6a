using System.Collections.Concurrent;

namespace MailIngest.Blobs;

/// <summary>Makes durable what is there already, by its path, and never again believes a path whose sync failed once.</summary>
/// <remarks>
/// The kernel reports a failed write to the descriptors that are open then, and forgets what it could not write: an fsync of a fresh descriptor
/// succeeds and proves nothing. So the failure is remembered for the life of the process. Safe to use from many threads.
/// </remarks>
/// <param name="place">The store, "folder /mail".</param>
/// <param name="fsync">Syncs one path.</param>
sealed class PathSync(string place, Action<string> fsync)
{
    readonly ConcurrentDictionary<string, PosixException> _failed = new(StringComparer.Ordinal);

    /// <summary>Syncs a file, or a directory's entries.</summary>
    /// <exception cref="PosixException">It failed.</exception>
    /// <exception cref="BlobStoreException">It failed before.</exception>
    internal void Run(string path)
    {
        ThrowIfFailed(path);
        try
        {
            fsync(path);
        }
        catch (PosixException e) when (e.Call == "fsync")
        {
            _failed.TryAdd(path, e);
            throw;
        }
    }

    /// <summary>Refuses a path that cannot be trusted any more.</summary>
    /// <exception cref="BlobStoreException">Its sync failed before.</exception>
    internal void ThrowIfFailed(string path)
    {
        if (_failed.TryGetValue(path, out var cause))
        {
            throw new BlobStoreException(
                $"{char.ToUpperInvariant(place[0])}{place[1..]}: an earlier {cause.Message}, and what was lost then nobody can tell: look into the kernel log, check the disk, then restart MailIngest.",
                cause, isTransient: false);
        }
    }
}
