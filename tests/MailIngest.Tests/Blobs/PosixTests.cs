using System.Runtime.Versioning;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>What a system call refuses is an exception with call, path and error number, and each number has its sentence.</summary>
[SupportedOSPlatform("linux")]
public sealed class PosixTests : IDisposable
{
    const int ESPIPE = 29, EISDIR = 21;

    readonly string _root = Directory.CreateTempSubdirectory("mailingest-posix-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_write_back_that_fails_is_seen()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write); // no file that could be written back

        Assert.Equal(("sync_file_range", ESPIPE), Failed(() => Posix.StartWriteBack(nothing, "/dev/null")));
        Assert.Equal(("sync_file_range", ESPIPE), Failed(() => Posix.AwaitWriteBack(nothing, "/dev/null")));
    }

    [Fact]
    public void What_is_to_be_synced_must_be_there() =>
        Assert.Equal(("open", Posix.ENOENT), Failed(() => Posix.FsyncExisting(Path.Combine(_root, "missing"))));

    [Fact]
    public void A_name_that_is_not_there_is_removed_already_and_a_directory_is_none_to_remove()
    {
        Posix.Unlink(Path.Combine(_root, "missing"));
        Assert.Equal(("unlink", EISDIR), Failed(() => Posix.Unlink(_root)));
    }

    [Fact]
    public void Each_error_number_has_a_sentence_with_its_remedy_and_the_others_say_where_to_look()
    {
        var remedies = new Dictionary<int, string>
        {
            [Posix.ENOSPC] = "no space is left", [Posix.EDQUOT] = "quota", [Posix.EROFS] = "read-only", [Posix.EACCES] = "is refused",
            [Posix.EIO] = "input/output error", [Posix.ENOENT] = "is the folder's volume mounted?",
            [Posix.ENOTDIR] = "is a file and not a directory", [Posix.EEXIST] = "is a file and not a directory", [Posix.EMFILE] = "ulimit -n",
        };
        int[] linkless = [Posix.EPERM, Posix.EOPNOTSUPP, Posix.ENOSYS, Posix.EXDEV, Posix.EMLINK];
        for (var errno = 1; errno <= 133; errno++)
        {
            Assert.Contains(remedies.GetValueOrDefault(errno, "nothing was published"), Explain("mkdir", errno), StringComparison.Ordinal);
            Assert.Contains(remedies.GetValueOrDefault(errno, linkless.Contains(errno) ? "cannot make hard links" : "nothing was published"),
                Explain("link", errno), StringComparison.Ordinal);
        }
    }

    static string Explain(string call, int errno)
    {
        var failure = new PosixException(call, "/mail/x", errno).Explain("folder /mail").Message;
        Assert.StartsWith($"Folder /mail: {call} failed with ", failure, StringComparison.Ordinal);
        return failure;
    }

    static (string Call, int Errno) Failed(Action call)
    {
        var failure = Assert.Throws<PosixException>(call);
        return (failure.Call, failure.Errno);
    }
}
