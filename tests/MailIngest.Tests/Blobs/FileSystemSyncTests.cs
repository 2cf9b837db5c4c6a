using System.Runtime.Versioning;
using MailIngest.Blobs;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>Many files made durable by one syncfs: when it fails, nothing that was written until then is ever stored.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileSystemSyncTests : IAsyncDisposable
{
    const int Group = FileSystemSync.FewestFiles;

    readonly string _root = Directory.CreateTempSubdirectory("mailingest-syncfs-").FullName;
    readonly FakeTimeProvider _clock = new();
    readonly List<string> _synced = [];
    readonly TaskCompletionSource _busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ManualResetEventSlim _disk = new();
    readonly FileBlobStore _store;
    readonly SafeFileHandle _handle;
    Action _syncfs;

    public FileSystemSyncTests()
    {
        _handle = Posix.OpenExisting(_root);
        _syncfs = Sync;
        _store = FileBlobStore.Open(_root, _clock, path =>
        {
            lock (_synced)
                _synced.Add(path);
            if (!path.EndsWith("/02", StringComparison.Ordinal) || _disk.IsSet)
                return;
            _busy.TrySetResult();
            _disk.Wait(Stop);
        }, _ => new FileSystemSync(() => _syncfs(), _clock), (count, job) => Enumerable.Range(0, count).ToList().ForEach(job));
    }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _disk.Set();
        await _store.DisposeAsync();
        _disk.Dispose();
        _handle.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Many_files_are_made_durable_by_one_call_before_any_of_them_has_its_name_and_their_directory_by_its_own()
    {
        var calls = 0;
        _syncfs = () =>
        {
            calls++;
            Sync();
            Assert.InRange(Directory.GetFiles(Path.Combine(_root, ".tmp")).Length, Group, Group + 1);
            Assert.Equal([PathOf("first")], Directory.GetFiles(DirectoryOf("x")));
        };
        var first = await HoldTheDiskAsync();
        var others = Commits(Group);
        lock (_synced)
            _synced.Clear();
        _disk.Set();

        Assert.All(await Task.WhenAll([first, .. others]), outcome => Assert.Equal(CommitOutcome.Created, outcome));
        Assert.Equal(1, calls);
        Assert.Equal([DirectoryOf("x")], _synced);
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, ".tmp")));
    }

    [Fact]
    public async Task A_few_files_are_each_synced_alone_and_wait_for_nobody_elses_octets()
    {
        _syncfs = () => Assert.Fail("syncfs for a few files");
        var first = await HoldTheDiskAsync();
        var others = Commits(Group - 1);
        _disk.Set();

        Assert.All(await Task.WhenAll([first, .. others]), outcome => Assert.Equal(CommitOutcome.Created, outcome));
    }

    [Fact]
    public async Task When_it_fails_no_file_of_its_group_is_stored_and_the_next_try_stores_all()
    {
        _syncfs = Fail;
        var first = await HoldTheDiskAsync();
        var others = Commits(Group);
        _disk.Set();

        Assert.Equal(CommitOutcome.Created, await first);
        foreach (var other in others)
        {
            var failure = await Assert.ThrowsAsync<BlobStoreException>(() => other);
            Assert.Contains("syncfs failed with", failure.Message, StringComparison.Ordinal);
            Assert.Contains("input/output error", failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal([PathOf("first")], Directory.GetFiles(DirectoryOf("x")));

        _syncfs = Sync;
        Assert.All(await Task.WhenAll(Commits(Group)), outcome => Assert.Equal(CommitOutcome.Created, outcome));
    }

    /// <summary>The syncs of the file system fail as long as somebody else has octets there that cannot be written.</summary>
    [Fact]
    public async Task While_it_fails_because_of_what_others_have_written_the_messages_are_stored_each_by_its_own_sync()
    {
        _syncfs = Fail;
        var first = await HoldTheDiskAsync();
        var others = Commits(Group);
        _disk.Set();
        await first;
        foreach (var other in others)
            await Assert.ThrowsAsync<BlobStoreException>(() => other);

        _disk.Reset();
        var again = OneAsync("again");
        others = Commits(Group);
        _disk.Set();
        Assert.All(await Task.WhenAll([again, .. others]), outcome => Assert.Equal(CommitOutcome.Created, outcome));
    }

    /// <summary>As ext4 does where it finds no place for them at write-back.</summary>
    [Fact]
    public async Task Messages_whose_octets_the_kernel_dropped_are_not_stored_although_it_said_nothing_of_it()
    {
        var probe = Path.Combine(_root, "probe");
        using (var file = File.OpenHandle(probe, FileMode.CreateNew, FileAccess.ReadWrite))
            Assert.SkipWhen(FileExtents.Hold(file, 0, probe) is null, "this file system does not say where octets are");
        _syncfs = () =>
        {
            foreach (var file in Directory.GetFiles(Path.Combine(_root, ".tmp")))
                File.WriteAllBytes(file, []);
            Sync();
        };
        var first = await HoldTheDiskAsync();
        var others = Commits(Group);
        _disk.Set();

        Assert.Equal(CommitOutcome.Created, await first);
        foreach (var other in others)
            Assert.Contains("input/output error", (await Assert.ThrowsAsync<BlobStoreException>(() => other)).Message, StringComparison.Ordinal);
        Assert.Equal([PathOf("first")], Directory.GetFiles(DirectoryOf("x")));
    }

    /// <summary>A volume that came after the start is mounted over the folder, or the folder of temporary files leads to another one.</summary>
    [Fact]
    public void A_file_on_another_file_system_is_not_taken_for_synced()
    {
        using var sync = FileSystemSync.TryOpen(_root, _clock);
        Assert.SkipWhen(sync is null || !Directory.Exists("/dev/shm"), "needs a disk and a file system in memory");
        var (here, elsewhere) = (Path.Combine(_root, "here"), $"/dev/shm/mailingest-{Guid.NewGuid():N}");
        using var ours = Posix.CreateFile(here);
        using var other = Posix.CreateFile(elsewhere);
        Posix.Unlink(elsewhere);

        Assert.True(sync!.Covers(ours, here));
        Assert.False(sync.Covers(other, elsewhere));
    }

    /// <summary>The kernel says it once, and not of which file: the file that it could not write may as well be one of the next group, or of
    /// a message that is still coming in.</summary>
    [Fact]
    public async Task When_it_fails_nothing_is_stored_either_that_was_written_before_and_waits_for_the_next_group()
    {
        List<IBlobDraft> later = [];
        _syncfs = () =>
        {
            for (var n = 0; n < Group; n++)
                later.Add(Written($"later{n}"));
            _syncfs = Sync;
            Fail();
        };
        await using var large = _store.Begin(() => TestBlobs.Name("large"), 0);
        var half = TestBlobs.Content(300_000);
        await large.WriteAsync(half, Stop);
        var first = await HoldTheDiskAsync();
        var others = Commits(Group);
        _disk.Set();
        foreach (var other in others)
            await Assert.ThrowsAsync<BlobStoreException>(() => other);
        await using var after = Written("after");

        // As a group, and alone: its own fsync would succeed.
        foreach (var commit in later.Select((draft, n) => CommitAsync(draft, $"later{n}")).ToArray())
            await Assert.ThrowsAsync<BlobStoreException>(() => commit);
        await Assert.ThrowsAsync<BlobStoreException>(() => large.CommitAsync(TestBlobs.Name("large"), TestBlobs.Facts(half), Stop));
        Assert.Equal(CommitOutcome.Created, await CommitAsync(after, "after"));
        Assert.Equal(CommitOutcome.Created, await first);

        foreach (var draft in later)
            await draft.DisposeAsync();
        Assert.Equal(new[] { PathOf("after"), PathOf("first") }.Order(StringComparer.Ordinal), Directory.GetFiles(DirectoryOf("x")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Where_it_takes_long_because_of_what_others_have_written_it_is_left_alone_for_a_minute()
    {
        var slow = new FileSystemSync(() => _clock.Advance(TimeSpan.FromSeconds(2)), _clock);
        Assert.True(slow.IsFor(Group));
        slow.Run();
        Assert.False(slow.IsFor(Group));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(slow.IsFor(Group));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(slow.IsFor(Group));
    }

    [Fact]
    public void A_file_system_that_does_not_report_every_failure_has_none() => Assert.Null(FileSystemSync.TryOpen("/proc", _clock));

    /// <summary>ext4 gives octets a place only when they are written back, and says nothing to syncfs when there is none.</summary>
    [Fact]
    public void Octets_that_have_no_place_on_the_disk_are_seen()
    {
        var path = Path.Combine(_root, "file");
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.Write(file, TestBlobs.Content(100_000), 0);
        Posix.Fsync(file, path);
        Assert.SkipWhen(FileExtents.Hold(file, 100_000, path) is null, "this file system does not say where octets are");

        Assert.True(FileExtents.Hold(file, 100_000, path));
        Assert.True(FileExtents.Hold(file, 0, path));
        RandomAccess.SetLength(file, 200_000);
        Posix.Fsync(file, path);
        Assert.False(FileExtents.Hold(file, 200_000, path));
        RandomAccess.Write(file, TestBlobs.Content(1), 199_999);
        Posix.Fsync(file, path);
        Assert.False(FileExtents.Hold(file, 200_000, path));
    }

    [Fact]
    public void A_file_in_many_pieces_is_followed_to_its_end()
    {
        var path = Path.Combine(_root, "pieces");
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        for (var n = 0; n < 200; n += 2)
            RandomAccess.Write(file, TestBlobs.Content(4096), n * 4096);
        Posix.Fsync(file, path);
        Assert.SkipWhen(FileExtents.Hold(file, 1, path) is null, "this file system does not say where octets are");
        Assert.False(FileExtents.Hold(file, 199 * 4096, path));
        for (var n = 1; n < 200; n += 2)
            RandomAccess.Write(file, TestBlobs.Content(4096), n * 4096);
        Posix.Fsync(file, path);

        Assert.True(FileExtents.Hold(file, 200 * 4096, path));
    }

    void Sync() => Posix.Syncfs(_handle, _root);

    void Fail() => throw new PosixException("syncfs", _root, Posix.EIO);

    /// <summary>One message is being published, and will be until the disk goes on: what comes now shares the next batch.</summary>
    async Task<Task<CommitOutcome>> HoldTheDiskAsync()
    {
        var first = OneAsync("first");
        await _busy.Task;
        return first;
    }

    Task<CommitOutcome>[] Commits(int count) =>
        [.. Enumerable.Range(0, count).Select(n => OneAsync($"n{n}"))];

    async Task<CommitOutcome> OneAsync(string key)
    {
        await using var draft = Written(key);
        return await CommitAsync(draft, key);
    }

    IBlobDraft Written(string key)
    {
        var draft = _store.Begin(() => TestBlobs.Name(key), 100);
        draft.WriteAsync(TestBlobs.Content(100), Stop).GetAwaiter().GetResult();
        Assert.True(draft.Unload());
        return draft;
    }

    static Task<CommitOutcome> CommitAsync(IBlobDraft draft, string key) =>
        draft.CommitAsync(TestBlobs.Name(key), TestBlobs.Facts(TestBlobs.Content(100)), Stop);

    string PathOf(string key) => Path.Combine(_root, TestBlobs.Name(key).Path);

    string DirectoryOf(string key) => Path.GetDirectoryName(PathOf(key))!;
}
