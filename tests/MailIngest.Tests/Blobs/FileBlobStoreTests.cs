using System.Runtime.Versioning;
using MailIngest.Blobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>The folder passes the contract, and keeps its own promises: durable, private, inside its root, no leftovers.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileBlobStoreTests : BlobStoreContract, IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("mailingest-").FullName;
    readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
    readonly FileBlobStore _store;

    public FileBlobStoreTests() => _store = FileBlobStore.Open(_root, _clock);

    protected override IBlobStore Store => _store;

    protected override int BlockOctets => IBlobDraft.HeadOctets;

    protected override Task<IReadOnlyList<string>> VisibleAsync() => Task.FromResult<IReadOnlyList<string>>(
        [.. Files(_root).Where(path => !path.StartsWith(".tmp/", StringComparison.Ordinal))]);

    string Temporary => Path.Combine(_root, ".tmp");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        foreach (var folder in Directory.EnumerateDirectories(_root, "*", SearchOption.AllDirectories))
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3 * IBlobDraft.HeadOctets)]
    public async Task Neither_created_nor_existing_nor_dropped_blobs_leave_a_temporary_file_or_a_second_link(int octets)
    {
        var name = TestBlobs.Name("links");
        await Store.CommitAsync(name, TestBlobs.Content(octets), Stop);
        await Store.CommitAsync(name, TestBlobs.Content(octets), Stop);
        await Store.CommitAsync(name, TestBlobs.Content(octets + 1), Stop);

        Assert.Empty(Directory.EnumerateFiles(Temporary));
        Assert.Equal([name.Path], await VisibleAsync());
    }

    [Fact]
    public async Task Files_and_directories_are_for_their_owner_only()
    {
        var name = TestBlobs.Name("private");
        await Store.CommitAsync(name, TestBlobs.Content(10), Stop);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_root, name.Path)));
        for (var folder = Path.GetDirectoryName(name.Path); folder!.Length > 0; folder = Path.GetDirectoryName(folder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_root, folder)));
    }

    [Fact]
    public async Task A_missing_folder_and_its_parents_are_made()
    {
        var deep = Path.Combine(_root, "a", "b", "c");
        await using var store = FileBlobStore.Open(deep + "/", _clock);

        Assert.Equal(CommitOutcome.Created, await store.CommitAsync(TestBlobs.Name("deep"), TestBlobs.Content(5), Stop));
        Assert.Equal($"folder {deep}", store.Place);
    }

    [Fact]
    public async Task A_directory_that_somebody_removed_is_made_again()
    {
        await Store.CommitAsync(TestBlobs.Name("one"), TestBlobs.Content(5), Stop);
        Directory.Delete(Path.Combine(_root, "office"), recursive: true);

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(TestBlobs.Name("two"), TestBlobs.Content(5), Stop));
    }

    [Fact]
    public async Task A_folder_that_vanished_is_not_made_again_in_the_place_of_its_volume()
    {
        Directory.Delete(_root, recursive: true);

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), Stop));

        Assert.Contains(_root, failure.Message, StringComparison.Ordinal);
        Assert.Contains("is the folder's volume mounted?", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_root));
        Directory.CreateDirectory(_root);
    }

    [Fact]
    public async Task A_file_where_a_directory_must_be_is_one_clear_sentence()
    {
        File.WriteAllText(Path.Combine(_root, "office"), "not a directory");

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), Stop));

        Assert.Contains("is a file and not a directory", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Empty(Directory.EnumerateFiles(Temporary));
    }

    [Fact]
    public void A_folder_that_is_a_file_is_refused_at_open()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");

        var failure = Assert.Throws<BlobStoreException>(() => FileBlobStore.Open(file, _clock));

        Assert.Contains("is a file and not a directory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_may_not_be_written_names_the_remedy()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        File.SetUnixFileMode(Temporary, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), Stop));

        Assert.Contains("give the account that runs MailIngest read and write permission", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task One_message_that_fails_does_not_hold_back_the_others_of_its_batch()
    {
        File.WriteAllText(Path.Combine(_root, "broken"), "not a directory");
        var commits = Enumerable.Range(0, 50).Select(n => Task.Run(() =>
            Store.CommitAsync(n == 25 ? new BlobName("broken/x.eml") : TestBlobs.Name($"batch-{n}"), TestBlobs.Content(100 + n), Stop))).ToArray();

        await Assert.ThrowsAsync<BlobStoreException>(() => commits[25]);

        foreach (var commit in commits.Where((_, n) => n != 25))
            Assert.Equal(CommitOutcome.Created, await commit);
    }

    [Fact]
    public async Task Only_our_own_old_leftovers_are_swept_at_open()
    {
        var (stale, fresh, foreign) = (Leftover("mailingest-stale", 25), Leftover("mailingest-fresh", 23), Leftover("somebody-else", 100));

        await using var reopened = FileBlobStore.Open(_root, _clock);

        Assert.False(File.Exists(stale));
        Assert.True(File.Exists(fresh));
        Assert.True(File.Exists(foreign));

        string Leftover(string name, int hours)
        {
            var path = Path.Combine(Temporary, name);
            File.WriteAllText(path, "half a message");
            File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime.AddHours(-hours));
            return path;
        }
    }

    [Theory]
    [InlineData("../escape.eml")]
    [InlineData("a/../../escape.eml")]
    [InlineData("/etc/escape.eml")]
    [InlineData("a//b.eml")]
    [InlineData("a/./b.eml")]
    [InlineData("a/")]
    [InlineData("")]
    [InlineData("a/b\0.eml")]
    public async Task A_name_that_could_leave_the_folder_is_refused(string path)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(new BlobName(path), TestBlobs.Content(5), Stop));
        Assert.Empty(await VisibleAsync());
    }

    [Theory]
    [InlineData(Posix.ENOSPC, "no space is left", true)]
    [InlineData(Posix.EDQUOT, "quota", true)]
    [InlineData(Posix.EROFS, "mounted read-only", false)]
    [InlineData(Posix.EACCES, "read and write permission", false)]
    [InlineData(Posix.EIO, "input/output error", false)]
    public void Each_errno_is_one_sentence_with_place_cause_and_remedy(int errno, string remedy, bool transient)
    {
        var failure = new PosixException("fsync", "/mail/.tmp/x", errno).Explain("folder /mail");

        Assert.StartsWith("Folder /mail: fsync failed with ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.Equal(transient, failure.IsTransient);
    }

    [Fact]
    public void A_file_system_without_hard_links_is_told_so()
    {
        var failure = new PosixException("link", "/mail/x", Posix.EPERM).Explain("folder /mail");

        Assert.Contains("cannot make hard links", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_device_fails_the_write()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);

        var failure = Assert.Throws<PosixException>(() => Posix.Write(full, new byte[10], "/dev/full"));

        Assert.Equal(Posix.ENOSPC, failure.Errno);
    }

    [Fact]
    public void An_fsync_that_fails_is_seen()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write); // fsync answers EINVAL

        Assert.Throws<PosixException>(() => Posix.Fsync(nothing, "/dev/null"));
    }

    static IEnumerable<string> Files(string root) =>
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal);
}
