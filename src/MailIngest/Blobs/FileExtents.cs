using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MailIngest.Blobs;

/// <summary>Where on the disk a file's octets are (FIEMAP, Linux).</summary>
static partial class FileExtents
{
    const uint FS_IOC_FIEMAP = 0xC020660B;
    const int AtOnce = 32;

    // What is not in its place on the disk: in none yet, waiting for one, or in one that reads as zeros.
    const uint Unknown = 0x2, Delayed = 0x4, Unwritten = 0x800;

    /// <summary>Whether each of the first octets has its place on the disk; null when the file system does not say.</summary>
    /// <exception cref="PosixException">It could not be asked.</exception>
    internal static unsafe bool? Hold(SafeFileHandle file, long octets, string path)
    {
        var map = new Map();
        long known = 0;
        while (known < octets)
        {
            (map.Start, map.Length, map.Flags, map.Room) = ((ulong)known, (ulong)(octets - known), 0, AtOnce);
            if (ioctl(file, FS_IOC_FIEMAP, &map) < 0)
            {
                return Marshal.GetLastPInvokeError() is var errno and not (Posix.EOPNOTSUPP or Posix.ENOTTY)
                    ? throw new PosixException("fiemap", path, errno) : null;
            }

            var before = known;
            foreach (ref readonly var extent in ((ReadOnlySpan<Extent>)map.Extents)[..(int)Math.Min(map.Found, AtOnce)])
            {
                if ((long)extent.At > known || (extent.Flags & (Unknown | Delayed | Unwritten)) != 0)
                    return false;
                known = Math.Max(known, (long)(extent.At + extent.Length));
            }

            if (known == before)
                return false;
        }

        return true;
    }

    /// <summary><c>struct fiemap</c> with room for some of its extents.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Map
    {
        internal ulong Start, Length;
        internal uint Flags, Found, Room, Reserved;
        internal Extents Extents;
    }

    /// <summary><c>struct fiemap_extent</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Extent
    {
        internal ulong At, OnDisk, Length, Reserved1, Reserved2;
        internal uint Flags, Reserved3, Reserved4, Reserved5;
    }

    [System.Runtime.CompilerServices.InlineArray(AtOnce)]
    struct Extents
    {
        Extent _first;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(SafeFileHandle file, nuint request, Map* map);
}
