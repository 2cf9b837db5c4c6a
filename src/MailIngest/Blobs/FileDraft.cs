using Microsoft.Win32.SafeHandles;

namespace MailIngest.Blobs;

/// <summary>One message on its way into a folder: in memory while it is small, in a temporary file as it grows, and from its commit on.</summary>
/// <remarks>Memory: no more than the message was said to have and no more than 256 KiB; 64 KiB for one that was said to be smaller and is not.</remarks>
sealed class FileDraft(FileBlobStore store, FileCommitter committer, long expectedOctets, bool mayBeThere) : IBlobDraft
{
    const int LeastInMemory = 64 * 1024, MostInMemory = 256 * 1024, Slack = 1024; // many servers count line ends as one octet, or not the last one

    readonly OctetBuffer _buffer = new(expectedOctets, (int)Math.Clamp(expectedOctets + Slack, LeastInMemory, MostInMemory));
    string? _path;
    SafeFileHandle? _file;
    long _spilled;
    bool _holdsRoom;
    bool _ended;
    bool _synced;
    bool _published;
    bool _isThere;
    PosixException? _failure;

    /// <summary>Never: a file gets its name at the very end.</summary>
    public bool NameIsFixed => false;

    /// <summary>Committer: whether nothing of it is left to be synced.</summary>
    internal bool IsSynced => _synced || _isThere;

    /// <summary>Committer: which failures of the file system concern it (<see cref="FileSystemSync.Epoch"/>).</summary>
    internal int Epoch { get; private set; }

    long Octets => _spilled + _buffer.Length;

    public Memory<byte> GetMemory() => _buffer.Free();

    public ValueTask AdvanceAsync(int octets, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_ended)
            throw new InvalidOperationException("The blob has ended: nothing can be added.");

        _buffer.Advance(octets);
        try
        {
            // Into the page cache: not worth another thread, and the kernel slows us down when its disk cannot follow.
            if (_buffer.IsFull)
            {
                Spill();
                StartWriteBack();
            }
            return ValueTask.CompletedTask;
        }
        catch (PosixException e)
        {
            throw e.Explain(store.Place);
        }
    }

    public bool Unload()
    {
        // What is there already is not written once more: that is looked at first.
        if (mayBeThere || _ended || !(_holdsRoom = committer.TryMakeRoom()))
            return false;

        try
        {
            Write();
            return true;
        }
        catch (PosixException e)
        {
            throw e.Explain(store.Place);
        }
    }

    public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_published)
            throw new InvalidOperationException("The blob was committed already.");
        if (facts.Octets != Octets)
            throw new ArgumentException($"The message has {facts.Octets} octets, {Octets} were written.", nameof(facts));

        var path = store.PathOf(name);
        try
        {
            _isThere = mayBeThere && await store.FindAsync(name, stop) is { } there && there.Holds(facts);
            _published = await committer.PublishAsync(this, path, stop);
            return _published ? CommitOutcome.Created : await store.HoldsAsync(name, facts, stop) ? CommitOutcome.AlreadyThere : CommitOutcome.Taken;
        }
        catch (PosixException e)
        {
            throw e.Explain(store.Place);
        }
    }

    /// <summary>Removes the temporary file; a published blob is not touched.</summary>
    public ValueTask DisposeAsync()
    {
        Close();
        _buffer.Dispose();
        // One that cannot go changes nothing about the blob; the sweep at a later start takes it.
        if (_path is { } path)
            Posix.TryUnlink(path);
        return ValueTask.CompletedTask;
    }

    /// <summary>Committer, step 1: everything is in the temporary file, and the memory is somebody else's. Nothing of that for what is there
    /// already: only its directory is synced, in its turn.</summary>
    internal void Write()
    {
        if (_ended || _isThere)
            return;

        _ended = true;
        Spill();
        _buffer.Dispose();
    }

    /// <summary>Committer, step 2: its way to the disk has begun.</summary>
    internal void StartWriteBack() => Try(() => Posix.StartWriteBack(_file!, _path!));

    /// <summary>Committer, step 3: that has ended.</summary>
    internal void AwaitWriteBack() => Try(() => Posix.AwaitWriteBack(_file!, _path!));

    /// <summary>Committer, step 4: the content is durable. An error is final: what the kernel could not write it forgets, a second fsync would not see it.</summary>
    internal void Sync()
    {
        Try(() => Posix.Fsync(_file!, _path!));
        _synced = true;
        Close();
    }

    /// <summary>Committer, in place of the steps 2 to 4: the whole file system was synced, and so was this, if its octets are on the disk.</summary>
    internal void SyncedWith(FileSystemSync all)
    {
        Try(() =>
        {
            if (!all.Covers(_file!, _path!) || FileExtents.Hold(_file!, _spilled, _path!) is not { } held)
                Posix.Fsync(_file!, _path!);
            else if (!held)
                throw new PosixException("syncfs", _path!, Posix.EIO);
        });
        _synced = true;
        Close();
    }

    /// <summary>Committer, step 5: the content has its name, or (false) something has it.</summary>
    internal bool Link(string path) => !_isThere && Posix.Link(_path!, path);

    void Spill() => Try(() =>
    {
        if (_file is null)
        {
            Epoch = committer.Epoch;
            var path = store.NewTemporaryPath();
            _file = Posix.CreateFile(path);
            _path = path;
        }

        Posix.Write(_file, _buffer.Written.Span, _path!);
        _spilled += _buffer.Length;
        _buffer.Clear();
    });

    /// <summary>Runs a step unless one failed before: after an error nobody knows what the file holds.</summary>
    void Try(Action step)
    {
        if (_failure is not null)
            throw _failure;

        try
        {
            step();
        }
        catch (PosixException e)
        {
            _failure = e;
            throw;
        }
    }

    void Close()
    {
        _file?.Dispose();
        if (_holdsRoom)
            committer.GiveRoomBack();
        _holdsRoom = false;
    }
}
