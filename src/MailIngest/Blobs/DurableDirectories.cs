namespace MailIngest.Blobs;

/// <summary>Makes directories whose names survive a power cut, and remembers which do. One caller at a time.</summary>
sealed class DurableDirectories(string root, PathSync sync)
{
    /// <summary>Dates come from senders: the memory of their directories has an end.</summary>
    const int Remembered = 4096;

    readonly HashSet<string> _durable = new(StringComparer.Ordinal) { root };

    /// <summary>Makes the root, and what it lies in, where they are missing. A root that is there is synced as well, where we may: its maker
    /// may have died before that.</summary>
    internal void MakeRoot()
    {
        if (!Directory.Exists(root))
            Make(root);
        else if (Path.GetDirectoryName(root) is { } parent)
            SyncIfAllowed(parent);
    }

    /// <summary>Makes a directory below the root. One that is there is synced as well: its maker may have died before that. The root itself is
    /// not made again: a root that vanished is a volume that is not mounted.</summary>
    /// <exception cref="PosixException">It could not be made, or not durably.</exception>
    /// <exception cref="BlobStoreException">Its sync, or that of the one it lies in, failed earlier.</exception>
    internal void Ensure(string path)
    {
        sync.ThrowIfFailed(path);
        if (_durable.Contains(path))
            return;

        var parent = Path.GetDirectoryName(path)!;
        Ensure(parent);
        Posix.MakeDirectory(path);
        sync.Run(parent);
        if (_durable.Count > Remembered)
            Forget();
        _durable.Add(path);
    }

    /// <summary>Somebody removed a directory: nothing that is remembered holds any more.</summary>
    internal void Forget()
    {
        _durable.Clear();
        _durable.Add(root);
    }

    void Make(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
            Make(parent);
        Posix.MakeDirectory(path);
        sync.Run(parent);
    }

    // A directory that we may not list is not ours: who made it answers for it.
    void SyncIfAllowed(string path)
    {
        try
        {
            sync.Run(path);
        }
        catch (PosixException e) when (e is { Call: "open", Errno: Posix.EACCES })
        {
        }
    }
}
