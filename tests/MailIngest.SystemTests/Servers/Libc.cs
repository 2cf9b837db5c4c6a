using System.Runtime.InteropServices;

namespace MailIngest.SystemTests.Servers;

/// <summary>The few calls of the C library that .NET has no method for.</summary>
internal static partial class Libc
{
    public const int Terminate = 15;
    public const int Kill = 9;

    public static bool IsRoot => EffectiveUserId() == 0;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    /// <summary>A negative <paramref name="process"/> is a whole process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    /// <summary>0, or -1 with the reason in the last system error.</summary>
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeHandle file);

    /// <summary>Shuts down the ext4 file system of this file, which writes nothing more: as if the power had gone.</summary>
    public static int ShutDownExt4(SafeHandle file)
    {
        var noLogFlush = 2u;
        return Ioctl(file, 0x8004587D, ref noLogFlush);
    }

    // On the processors that we know a variadic call and this one are the same.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeHandle file, ulong request, ref uint argument);

    /// <summary>0, or -1 with the reason in the last system error.</summary>
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Link(string existing, string name);
}
