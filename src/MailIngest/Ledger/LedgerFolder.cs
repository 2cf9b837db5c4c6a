using System.Runtime.InteropServices;

namespace MailIngest.Ledger;

/// <summary>The folder that holds a ledger file: created so that it survives a power cut, and asked what file system it is on.</summary>
static partial class LedgerFolder
{
    const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC; O_DIRECTORY differs on arm64
    const int ReadOnlyDirectoryArm = 0x4000 | 0x80000;

    /// <summary>The name of a file system that many machines may share, null for any other. WAL needs memory shared by all who open the file.</summary>
    /// <param name="type">f_type of statfs(2); the numbers are in its manual page.</param>
    public static string? NetworkFileSystem(uint type) => type switch
    {
        0x6969 => "NFS",
        0x517B or 0xFF534D42 or 0xFE534D42 => "SMB",
        0x01021997 => "9p",
        0x65735546 => "FUSE",
        0x00C36400 => "Ceph",
        0x0BD00BD0 => "Lustre",
        0x47504653 => "GPFS",
        0x5346414F or 0x6B414653 => "AFS",
        0x01161970 => "GFS2",
        0x7461636F => "OCFS2",
        0x786F4256 => "VirtualBox shared folder",
        _ => null,
    };

    /// <summary>The name of a file system whose files are in memory only and do not survive a reboot, null for any other.</summary>
    /// <param name="type">As for <see cref="NetworkFileSystem"/>.</param>
    public static string? MemoryFileSystem(uint type) => type switch
    {
        0x01021994 => "tmpfs",
        0x858458F6 => "ramfs",
        _ => null,
    };

    /// <summary>What <see cref="NetworkFileSystem"/> says about the place of an existing file or folder; null where it cannot be asked.</summary>
    public static string? NetworkFileSystemOf(string path) => TypeOf(path) is { } type ? NetworkFileSystem(type) : null;

    /// <summary>What <see cref="MemoryFileSystem"/> says about the same.</summary>
    public static string? MemoryFileSystemOf(string path) => TypeOf(path) is { } type ? MemoryFileSystem(type) : null;

    static unsafe uint? TypeOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        // struct statfs begins with f_type, a long, and is 120 octets long.
        var answer = stackalloc long[64];
        if (StatFs(path, answer) != 0)
            throw new IOException($"statfs {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        return (uint)answer[0];
    }

    /// <summary>Creates the folder and those above it where there are none (mode 0700), durably.</summary>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder))
            return;
        var parent = Path.GetDirectoryName(folder)!; // the root is always there
        Create(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Sync(parent);
    }

    /// <summary>Makes the folder's entries durable.</summary>
    /// <remarks>fsync by hand: .NET has none for folders, and drops the errors of the one for files.</remarks>
    static void Sync(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        var handle = Open(folder, arm ? ReadOnlyDirectoryArm : ReadOnlyDirectory);
        if (handle < 0)
            throw new IOException($"open {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        var failed = FSync(handle) != 0;
        var why = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(handle);
        if (failed)
            throw new IOException($"fsync {folder}: {why}");
    }

    [LibraryImport("libc", EntryPoint = "statfs", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial int StatFs(string path, long* answer);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
