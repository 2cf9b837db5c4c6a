using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MailIngest.Blobs;

/// <summary>The system calls that durable publishing rests on (Linux).</summary>
/// <remarks>
/// Not the managed ones: in .NET 10 a failing fsync returns without an error from <c>FileStream.Flush(true)</c> and
/// <c>RandomAccess.FlushToDisk</c>, <c>File.Move(overwrite: false)</c> looks first and then renames over what came meanwhile, and no
/// managed call syncs a directory.
/// </remarks>
static partial class Posix
{
    const int O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0x40, O_EXCL = 0x80, O_CLOEXEC = 0x80000;
    const uint SyncFileRangeWaitBefore = 1, SyncFileRangeWrite = 2, SyncFileRangeWaitAfter = 4;

    internal const int EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, EACCES = 13, EEXIST = 17, EXDEV = 18, ENOTDIR = 20, EINVAL = 22, EMFILE = 24,
        ENOTTY = 25, ENOSPC = 28, EROFS = 30, EMLINK = 31, ENOSYS = 38, EOPNOTSUPP = 95, EDQUOT = 122;

    /// <summary>Creates a file for writing, mode 0600; it must not exist.</summary>
    internal static SafeFileHandle CreateFile(string path)
    {
        var file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0x180); // 0600
        return file.IsInvalid ? throw new PosixException("open", path, Marshal.GetLastPInvokeError()) : file;
    }

    /// <summary>Writes all octets at the file's end.</summary>
    internal static unsafe void Write(SafeFileHandle file, ReadOnlySpan<byte> octets, string path)
    {
        while (!octets.IsEmpty)
        {
            nint written;
            fixed (byte* start = octets)
                written = write(file, start, (nuint)octets.Length);
            if (written >= 0)
                octets = octets[(int)written..];
            else if (Marshal.GetLastPInvokeError() is var errno and not EINTR)
                throw new PosixException("write", path, errno);
        }
    }

    /// <summary>Asks the kernel to begin writing what a file holds to the disk; proves nothing, makes the fsync after it short.</summary>
    internal static void StartWriteBack(SafeFileHandle file, string path) => SyncRange(file, SyncFileRangeWrite, path);

    /// <summary>Waits until that has ended; proves nothing either: the fsync is still to come.</summary>
    internal static void AwaitWriteBack(SafeFileHandle file, string path) =>
        SyncRange(file, SyncFileRangeWaitBefore | SyncFileRangeWrite | SyncFileRangeWaitAfter, path);

    static void SyncRange(SafeFileHandle file, uint flags, string path)
    {
        // A file system without this call waits in fsync instead. Any other error is the disk's, and told once: fsync may not hear of it again.
        if (sync_file_range(file, 0, 0, flags) < 0 && Marshal.GetLastPInvokeError() is var errno and not (ENOSYS or EINVAL or EPERM or EINTR))
            throw new PosixException("sync_file_range", path, errno);
    }

    /// <summary>Makes a file's content, or a directory's entries, durable. An error is final for this handle: the kernel reports it once.</summary>
    internal static void Fsync(SafeFileHandle file, string path)
    {
        while (fsync(file) < 0)
        {
            if (Marshal.GetLastPInvokeError() is var errno and not EINTR)
                throw new PosixException("fsync", path, errno);
        }
    }

    /// <summary>Makes durable what somebody else wrote, or the entries of a directory.</summary>
    internal static void FsyncExisting(string path)
    {
        using var file = OpenExisting(path);
        Fsync(file, path);
    }

    /// <summary>Opens a file or a directory for reading.</summary>
    internal static SafeFileHandle OpenExisting(string path)
    {
        var file = open(path, O_RDONLY | O_CLOEXEC, 0);
        return file.IsInvalid ? throw new PosixException("open", path, Marshal.GetLastPInvokeError()) : file;
    }

    /// <summary>Makes everything durable that was written to the file system of this handle.</summary>
    internal static void Syncfs(SafeFileHandle file, string path)
    {
        // Not again after EINTR: whatever it returns, it has told this handle of the failures so far.
        if (syncfs(file) < 0)
            throw new PosixException("syncfs", path, Marshal.GetLastPInvokeError());
    }

    /// <summary>The magic number of the kind of file system, and what tells this one from others of the kind (statfs(2)).</summary>
    internal static unsafe (long Kind, long Id) FileSystemOf(SafeFileHandle file, string path)
    {
        var facts = stackalloc long[32]; // 120 octets; f_type is the first, f_fsid the eighth
        return fstatfs(file, facts) == 0 ? (facts[0], facts[7]) : throw new PosixException("fstatfs", path, Marshal.GetLastPInvokeError());
    }

    /// <summary>Gives a file a second name, atomically; false when that name is taken.</summary>
    internal static bool Link(string existing, string name)
    {
        if (link(existing, name) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is var errno and not EEXIST ? throw new PosixException("link", name, errno) : false;
    }

    /// <summary>Removes a name; one that is not there is no error.</summary>
    internal static void Unlink(string path)
    {
        if (unlink(path) < 0 && Marshal.GetLastPInvokeError() is var errno and not ENOENT)
            throw new PosixException("unlink", path, errno);
    }

    /// <summary>The same where it does not matter.</summary>
    internal static void TryUnlink(string path) => _ = unlink(path);

    /// <summary>Makes a directory, mode 0700; one that is there already is no error.</summary>
    internal static void MakeDirectory(string path)
    {
        if (mkdir(path, 0x1C0) < 0 && Marshal.GetLastPInvokeError() is var errno and not EEXIST) // 0700
            throw new PosixException("mkdir", path, errno);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(SafeFileHandle file, byte* octets, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int fstatfs(SafeFileHandle file, long* facts);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long octets, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, int mode);
}
