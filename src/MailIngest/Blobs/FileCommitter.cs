using System.Collections.Concurrent;

namespace MailIngest.Blobs;

/// <summary>Publishes files, many at a time, from one thread: what waits while the disk is busy shares its next commits.</summary>
/// <remarks>
/// What each message is promised does not change: its own fsync and its directory's fsync have returned before its caller hears of it. They only
/// come close together, so that one journal commit of the file system serves them all. Errors are each message's own.
/// </remarks>
sealed class FileCommitter : IAsyncDisposable
{
    /// <summary>So many files are open at once at most.</summary>
    const int MaxBatch = 256;

    /// <summary>So many threads help with the fsyncs of a batch at most, one for so many files: a lone message pays for none.</summary>
    const int MaxSyncers = 15, FilesPerSyncer = 4, SyncerStack = 256 * 1024;

    readonly DurableDirectories _directories;
    readonly BlockingCollection<PendingPublish> _waiting = [];
    readonly Task _loop;

    internal FileCommitter(DurableDirectories directories)
    {
        _directories = directories;
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Publishes a draft under a path: true when it was created, false when something was there; durable either way. Cancelled only
    /// before its batch begins.</summary>
    /// <exception cref="PosixException">Not stored.</exception>
    internal async Task<bool> PublishAsync(FileDraft draft, string path, CancellationToken stop)
    {
        var pending = new PendingPublish(draft, path);
        await using var cancelled = stop.UnsafeRegister(static (state, stop) => ((PendingPublish)state!).Cancel(stop), pending);
        _waiting.Add(pending, CancellationToken.None);
        return await pending.Outcome;
    }

    /// <summary>Commits what waits and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.CompleteAdding();
        await _loop;
        _waiting.Dispose();
    }

    void Run()
    {
        var batch = new List<PendingPublish>(MaxBatch);
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            for (var next = first; next is not null; next = batch.Count < MaxBatch && _waiting.TryTake(out var more) ? more : null)
            {
                if (next.TryBegin())
                    batch.Add(next);
            }

            Publish(batch);
            batch.Clear();
        }
    }

    void Publish(List<PendingPublish> batch)
    {
        foreach (var file in batch)
            file.Try(file.Draft.Write);
        foreach (var file in batch)
            file.Try(file.Draft.AwaitWriteBack);
        Sync(batch);
        foreach (var file in batch)
            file.Try(() => file.Created = Link(file));

        // Also where something was there: whoever linked it may have died before this.
        foreach (var directory in batch.Where(file => file.IsGood).GroupBy(file => file.Directory))
            SyncDirectory(directory);

        foreach (var file in batch)
        {
            if (file is { IsGood: true, Created: true })
                file.Draft.RemoveTemporary();
            file.Complete();
        }
    }

    /// <summary>Syncs each file. Several at a time: the disk merges flushes that meet, and on a busy machine each wait ends only when we are scheduled again.</summary>
    static void Sync(List<PendingPublish> batch)
    {
        var next = -1;
        var others = new Thread[Math.Min(MaxSyncers, batch.Count / FilesPerSyncer)];
        for (var n = 0; n < others.Length; n++)
            (others[n] = new Thread(SyncNext, SyncerStack) { IsBackground = true }).Start();
        SyncNext();
        foreach (var other in others)
            other.Join();

        void SyncNext()
        {
            for (int n; (n = Interlocked.Increment(ref next)) < batch.Count;)
            {
                var file = batch[n];
                file.Try(file.Draft.Sync);
            }
        }
    }

    bool Link(PendingPublish file)
    {
        _directories.Ensure(file.Directory);
        try
        {
            return file.Draft.Link(file.Path);
        }
        catch (PosixException e) when (e.Errno == Posix.ENOENT)
        {
            // Somebody tidied up an empty directory that we remembered.
            _directories.Forget();
            _directories.Ensure(file.Directory);
            return file.Draft.Link(file.Path);
        }
    }

    static void SyncDirectory(IGrouping<string, PendingPublish> directory)
    {
        try
        {
            Posix.FsyncExisting(directory.Key);
        }
        catch (PosixException e)
        {
            // The names may be visible now, but they are not proven: not stored. They are not taken back either, another process may rely on them.
            foreach (var file in directory)
                file.Fail(e);
        }
    }
}
