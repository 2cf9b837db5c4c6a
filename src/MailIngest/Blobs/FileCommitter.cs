using System.Collections.Concurrent;

namespace MailIngest.Blobs;

/// <summary>Publishes files, many at a time, from one thread: what waits while the disk is busy shares its next commits.</summary>
/// <remarks>
/// What each message is promised does not change: its content is durable before it has its name, and its name before its caller hears of
/// it. They only come close together, so that one journal commit of the file system serves them all.
/// </remarks>
sealed class FileCommitter : IAsyncDisposable
{
    /// <summary>So many files are published together at most, and so many, of all mailboxes, are open and wait for that.</summary>
    const int MaxBatch = 512, MostWaiting = 1024;

    readonly DurableDirectories _directories;
    readonly PathSync _sync;
    readonly FileSystemSync? _all;
    readonly Action<int, Action<int>> _forEach;
    readonly BlockingCollection<PendingPublish> _waiting = [];
    readonly Task _loop;
    int _room = MostWaiting;

    /// <param name="directories">Makes the directories.</param>
    /// <param name="sync">Syncs them.</param>
    /// <param name="all">Syncs many files at once; null where that cannot be done.</param>
    /// <param name="forEach">Does a number of jobs, several at a time: <see cref="SyncCrew.ForEach"/>.</param>
    internal FileCommitter(DurableDirectories directories, PathSync sync, FileSystemSync? all, Action<int, Action<int>> forEach)
    {
        (_directories, _sync, _all, _forEach) = (directories, sync, all, forEach);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What a draft notes before its first write (<see cref="FileSystemSync.Epoch"/>).</summary>
    internal int Epoch => _all?.Epoch ?? 0;

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

    /// <summary>Whether one more file may wait outside of memory, and stay open meanwhile.</summary>
    internal bool TryMakeRoom()
    {
        if (Interlocked.Decrement(ref _room) >= 0)
            return true;
        GiveRoomBack();
        return false;
    }

    /// <summary>Takes back what <see cref="TryMakeRoom"/> gave.</summary>
    internal void GiveRoomBack() => Interlocked.Increment(ref _room);

    /// <summary>Commits what waits and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.CompleteAdding();
        await _loop;
        _waiting.Dispose();
        _all?.Dispose();
    }

    void Run()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            var batch = new List<PendingPublish>();
            for (var next = first; next is not null; next = batch.Count < MaxBatch && _waiting.TryTake(out var more) ? more : null)
            {
                if (next.TryBegin())
                    batch.Add(next);
            }

            Publish(batch);
            ThreadPool.UnsafeQueueUserWorkItem(Answer, batch, preferLocal: false);
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
    }

    static void Answer(List<PendingPublish> batch)
    {
        foreach (var file in batch)
            file.Complete();
    }

    void RunSteps(List<PendingPublish> batch)
    {
        foreach (var file in batch)
            file.Try(file.Draft.Write);
        SyncContents([.. batch.Where(file => file is { IsGood: true, Draft.IsSynced: false })]);
        foreach (var file in batch)
            file.Try(() => file.Created = Link(file));

        // Also where something was there: whoever linked it may have died before this. A sync that fails leaves names that may be visible but are
        // not proven: not stored. They are not taken back either, another process may rely on them.
        foreach (var directory in batch.Where(file => file.IsGood).GroupBy(file => file.Directory))
            SyncDirectory(directory);
    }

    void SyncContents(List<PendingPublish> files)
    {
        if (_all?.IsFor(files.Count) == true)
        {
            _all.Run();
            foreach (var file in files)
                file.Try(() => file.Draft.SyncedWith(_all));
            if (files.Exists(file => !file.IsGood))
                _all.PutOff();
        }
        else
        {
            // Once all of it is on its way to the disk, and then there, the first fsync commits the journal for all.
            foreach (var file in files)
                file.Try(file.Draft.StartWriteBack);
            foreach (var file in files)
                file.Try(file.Draft.AwaitWriteBack);
            _forEach(files.Count, n => files[n].Try(files[n].Draft.Sync));
        }

        foreach (var file in files)
            file.Try(() => _all?.ThrowIfFailedSince(file.Draft.Epoch));
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
