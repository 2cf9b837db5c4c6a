using System.Runtime.Versioning;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>Whatever fails between write and directory sync: everybody is answered, nobody is told "stored", and the next commit is served.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileCommitTests : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("mailingest-").FullName;
    FileBlobStore? _store;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store!.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Where_no_thread_can_be_started_many_messages_are_stored_all_the_same()
    {
        var store = Open(forEach: new SyncCrew(_ => throw new InsufficientMemoryException("the limit of processes is reached")).ForEach);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => Task.Run(() => CommitAsync(store, $"n{n}"), Stop)));

        Assert.All(outcomes, outcome => Assert.Equal(CommitOutcome.Created, outcome));
    }

    [Fact]
    public async Task Whatever_is_thrown_while_a_batch_is_published_each_message_of_it_fails_and_the_next_is_stored()
    {
        var broken = true;
        var store = Open(forEach: (count, job) =>
        {
            if (broken)
                throw new InsufficientMemoryException("no memory");
            new SyncCrew().ForEach(count, job);
        });

        var commits = Enumerable.Range(0, 8).Select(n => CommitAsync(store, $"n{n}")).ToArray();
        foreach (var commit in commits)
            await Assert.ThrowsAsync<InsufficientMemoryException>(() => commit);
        broken = false;

        Assert.Equal(CommitOutcome.Created, await CommitAsync(store, "n0"));
    }

    /// <summary>Whoever stored it may have died before its directory was synced: "it is there" is no proof for tomorrow.</summary>
    [Fact]
    public async Task What_is_there_as_it_may_be_is_synced_and_so_is_its_directory_but_nothing_is_written()
    {
        var synced = new List<string>();
        var store = Open(fsync: synced.Add);
        await store.CommitAsync(TestBlobs.Name("there"), TestBlobs.Content(10), Stop);
        synced.Clear();

        Assert.Equal(CommitOutcome.AlreadyThere,
            await store.CommitAsync(TestBlobs.Name("there"), TestBlobs.Content(10), Stop, mayBeThere: true));

        Assert.Equal([Path.GetDirectoryName(PathOf("there"))!, PathOf("there")], synced);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_root, ".tmp")));
    }

    [Fact]
    public async Task A_directory_whose_sync_failed_once_takes_no_more_messages_until_a_restart()
    {
        var failing = "";
        var store = Open(fsync: path =>
        {
            if (path == failing)
                throw new PosixException("fsync", path, Posix.EIO);
        });
        failing = Path.GetDirectoryName(PathOf("first"))!;

        var first = await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
        failing = "";
        var again = await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
        var other = await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "second"));

        Assert.Contains("input/output error", first.Message, StringComparison.Ordinal);
        Assert.All([again, other], failure =>
        {
            Assert.StartsWith($"Folder {_root}: an earlier fsync of {Path.GetDirectoryName(PathOf("first"))} failed", failure.Message, StringComparison.Ordinal);
            Assert.EndsWith("then restart MailIngest.", failure.Message, StringComparison.Ordinal);
            Assert.False(failure.IsTransient);
        });
        Assert.False(File.Exists(PathOf("second")));
        await using var restarted = FileBlobStore.Open(_root, TimeProvider.System);
        Assert.Equal(CommitOutcome.AlreadyThere, await CommitAsync(restarted, "first"));
    }

    [Fact]
    public async Task A_new_directory_whose_name_could_not_be_synced_once_takes_no_messages_until_a_restart()
    {
        var failing = Path.Combine(_root, "office");
        var store = Open(fsync: path =>
        {
            if (path == failing)
                throw new PosixException("fsync", path, Posix.EIO);
        });

        await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
        failing = "";
        var again = await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));

        Assert.Contains("an earlier fsync of", again.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("first")));
    }

    [Fact]
    public async Task A_name_that_is_there_already_counts_as_stored_only_once_its_directory_is_synced()
    {
        await using (var first = FileBlobStore.Open(_root, TimeProvider.System))
            await CommitAsync(first, "first");
        var synced = new List<string>();
        var store = Open(fsync: synced.Add); // another process: what the first one synced it cannot know

        Assert.Equal(CommitOutcome.AlreadyThere, await CommitAsync(store, "first"));

        Assert.Contains(Path.GetDirectoryName(PathOf("first"))!, synced);
    }

    [Fact]
    public async Task A_directory_that_could_not_be_opened_for_its_sync_is_tried_again()
    {
        var failing = true;
        var store = Open(fsync: path =>
        {
            if (failing && path.EndsWith("/02", StringComparison.Ordinal))
                throw new PosixException("open", path, Posix.EMFILE);
        });

        await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
        failing = false;

        Assert.Equal(CommitOutcome.AlreadyThere, await CommitAsync(store, "first"));
    }

    [Fact]
    public async Task A_foreign_file_with_the_same_octets_whose_sync_failed_once_is_never_taken_for_stored()
    {
        var failing = true;
        var store = Open(fsync: path =>
        {
            if (failing && path == PathOf("first"))
                throw new PosixException("fsync", path, Posix.EIO);
        });
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("first"))!);
        File.WriteAllBytes(PathOf("first"), TestBlobs.Content(100));

        await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
        failing = false;

        await Assert.ThrowsAsync<BlobStoreException>(() => CommitAsync(store, "first"));
    }

    [Fact]
    public async Task A_foreign_file_with_other_octets_is_durable_too_before_its_name_counts_as_taken()
    {
        var synced = new List<string>();
        var store = Open(fsync: synced.Add);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("first"))!);
        File.WriteAllBytes(PathOf("first"), TestBlobs.Content(99)); // the caller may find that it is the same message

        Assert.Equal(CommitOutcome.Taken, await CommitAsync(store, "first"));

        Assert.Contains(PathOf("first"), synced);
    }

    string PathOf(string key) => Path.Combine(_root, TestBlobs.Name(key).Path);

    FileBlobStore Open(Action<string>? fsync = null, Action<int, Action<int>>? forEach = null) =>
        _store = FileBlobStore.Open(_root, TimeProvider.System, fsync ?? Posix.FsyncExisting, _ => null, forEach ?? new SyncCrew().ForEach);

    static Task<CommitOutcome> CommitAsync(FileBlobStore store, string key) => store.CommitAsync(TestBlobs.Name(key), TestBlobs.Content(100), Stop);
}
