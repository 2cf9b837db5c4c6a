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

    readonly DurableDirectories _directories;
    readonly PathSync _sync;
    readonly Action<int, Action<int>> _forEach;
    readonly BlockingCollection<PendingPublish> _waiting = [];
    readonly Task _loop;

    /// <param name="directories">Makes the directories.</param>
    /// <param name="sync">Syncs them.</param>
    /// <param name="forEach">Does a number of jobs, several at a time: <see cref="SyncCrew.ForEach"/>.</param>
    internal FileCommitter(DurableDirectories directories, PathSync sync, Action<int, Action<int>> forEach)
    {
        (_directories, _sync, _forEach) = (directories, sync, forEach);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Publishes a draft under a path: true when it was created, false when something was there; durable either way. Cancelled only
    /// before its batch begins.</summary>
    /// <exception cref="PosixException">Not stored.</exception>
    /// <exception cref="BlobStoreException">Not stored: the directory's sync failed earlier.</exception>
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

    /// <summary>Whatever is thrown here, every file of the batch is answered: somebody waits for each.</summary>
    void Publish(List<PendingPublish> batch)
    {
        try
        {
            RunSteps(batch);
        }
        catch (Exception e)
        {
            foreach (var file in batch)
                file.Fail(e);
        }

        foreach (var file in batch)
            file.Complete();
    }

    void RunSteps(List<PendingPublish> batch)
    {
        foreach (var file in batch)
            file.Try(file.Draft.Write);
        foreach (var file in batch)
            file.Try(file.Draft.AwaitWriteBack);
        _forEach(batch.Count, n => batch[n].Try(batch[n].Draft.Sync));
        foreach (var file in batch)
            file.Try(() => file.Created = Link(file));

        // Also where something was there: whoever linked it may have died before this. A sync that fails leaves names that may be visible but are
        // not proven: not stored. They are not taken back either, another process may rely on them.
        foreach (var directory in batch.Where(file => file.IsGood).GroupBy(file => file.Directory))
            SyncDirectory(directory);

        foreach (var file in batch.Where(file => file is { IsGood: true, Created: true }))
            file.Draft.RemoveTemporary();
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

    void SyncDirectory(IGrouping<string, PendingPublish> directory)
    {
        try
        {
            _sync.Run(directory.Key);
        }
        catch (Exception e) when (e is PosixException or BlobStoreException)
        {
            foreach (var file in directory)
                file.Fail(e);
        }
    }
}
