using System.Runtime.Versioning;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>What rarely happens to a folder: it is the root, has very many directories, fails again and again, a mind changes.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileStoreCornersTests : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("mailingest-corners-").FullName;
    FileBlobStore? _store;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void The_root_of_the_file_system_lies_in_no_directory_that_could_be_synced()
    {
        var synced = new List<string>();
        new DurableDirectories("/", new PathSync("folder /", synced.Add)).MakeRoot();
        Assert.Empty(synced);
    }

    [Fact]
    public void A_folder_whose_parent_may_not_be_listed_is_used_and_one_whose_parents_sync_fails_is_not()
    {
        new DurableDirectories(_root, new PathSync("folder x", path => throw new PosixException("open", path, Posix.EACCES))).MakeRoot();
        foreach (var (call, errno) in (ReadOnlySpan<(string, int)>)[("open", Posix.EMFILE), ("fsync", Posix.EACCES)])
            Assert.Throws<PosixException>(() =>
                new DurableDirectories(_root, new PathSync("folder x", path => throw new PosixException(call, path, errno))).MakeRoot());
    }

    [Fact]
    public void The_memory_of_durable_directories_has_an_end_and_what_is_forgotten_is_synced_again()
    {
        var synced = new List<string>();
        var directories = new DurableDirectories(_root, new PathSync("folder x", synced.Add));
        directories.Ensure(Path.Combine(_root, "first"));
        directories.Ensure(Path.Combine(_root, "first"));
        Assert.Single(synced);
        for (var n = 0; n < 4097; n++)
            directories.Ensure(Path.Combine(_root, $"n{n}"));
        synced.Clear();
        directories.Ensure(Path.Combine(_root, "first"));
        Assert.Equal([_root], synced);
    }

    [Fact]
    public async Task A_blob_that_vanishes_while_it_is_compared_is_a_passing_failure()
    {
        var store = Open();
        var vanished = await Assert.ThrowsAsync<BlobStoreException>(
            () => store.HoldsAsync(TestBlobs.Name("x"), TestBlobs.Facts(TestBlobs.Content(5)), Stop));
        Assert.Contains("was there and vanished", vanished.Message, StringComparison.Ordinal);
        Assert.True(vanished.IsTransient);
    }

    [Fact]
    public async Task After_an_error_a_draft_takes_nothing_more_although_the_trouble_has_passed()
    {
        var store = Open();
        await using var draft = store.Begin(() => TestBlobs.Name("x"), 0);
        var temporary = Path.Combine(_root, ".tmp");
        Directory.Delete(temporary, recursive: true);
        await Assert.ThrowsAsync<BlobStoreException>(() => draft.WriteAsync(TestBlobs.Content(200_000), Stop));
        Directory.CreateDirectory(temporary);

        var again = await Assert.ThrowsAsync<BlobStoreException>(async () => await draft.AdvanceAsync(0, Stop));
        Assert.Contains(temporary, again.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(temporary));
    }

    [Fact]
    public async Task A_commit_that_is_cancelled_while_another_holds_the_disk_is_not_made()
    {
        using var stop = new CancellationTokenSource();
        using var disk = new ManualResetEventSlim();
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = Open(fsync: path =>
        {
            if (path.EndsWith("/02", StringComparison.Ordinal))
            {
                busy.TrySetResult();
                disk.Wait(Stop);
            }
        });
        var first = store.CommitAsync(TestBlobs.Name("first"), TestBlobs.Content(5), Stop);
        await busy.Task;
        var second = store.CommitAsync(TestBlobs.Name("second"), TestBlobs.Content(6), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        disk.Set();

        Assert.Equal(CommitOutcome.Created, await first);
        Assert.Null(await store.FindAsync(TestBlobs.Name("second"), Stop));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_root, ".tmp")));
    }

    [Fact]
    public async Task When_all_of_a_batch_fails_a_message_that_had_failed_before_keeps_its_own_reason()
    {
        var store = Open(forEach: (_, _) => throw new InsufficientMemoryException("no memory"));
        await using var draft = store.Begin(() => TestBlobs.Name("x"), 0);
        await draft.WriteAsync(TestBlobs.Content(5), Stop);
        Directory.Delete(Path.Combine(_root, ".tmp"), recursive: true);

        var failure = await Assert.ThrowsAsync<BlobStoreException>(
            () => draft.CommitAsync(TestBlobs.Name("x"), TestBlobs.Facts(TestBlobs.Content(5)), Stop));
        Assert.Contains("is missing", failure.Message, StringComparison.Ordinal);
    }

    FileBlobStore Open(Action<string>? fsync = null, Action<int, Action<int>>? forEach = null) =>
        _store = FileBlobStore.Open(_root, TimeProvider.System, fsync ?? Posix.FsyncExisting, _ => null, forEach ?? new SyncCrew().ForEach);
}
