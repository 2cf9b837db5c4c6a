using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace MailIngest.Blobs;

/// <summary>Makes many files durable at once: one syncfs(2) of the file system that they are on.</summary>
/// <remarks>
/// <para>The kernel reports a failed write once to each descriptor that was open before it, and does not say of which file. So one descriptor
/// is open from before the first write to the end, and when its syncfs fails, everything is lost that had been written until then, whichever
/// group or mailbox it is of: each draft remembers the epoch of its first write (<see cref="Epoch"/>), a failure begins a new one, and
/// nothing of an older epoch is ever stored (<see cref="ThrowIfFailedSince"/>).</para>
/// <para>What syncfs leaves open: that every octet found a place on the disk. ext4 looks for one only at write-back, and where that fails it drops
/// the octets and tells no descriptor. So each file is asked where its octets are (<see cref="FileExtents"/>), which takes a microsecond.
/// And a file system that was shut down lets syncfs succeed before Linux 6.13: names are not synced by it but by fsync of
/// their directories, and link(2) fails on such a file system.</para>
/// <para>It syncs the file system that was there when the store was opened. A volume that was mounted over it later is another one, and so may be
/// what a symbolic link leads to: their files are for their own fsyncs (<see cref="Covers"/>).</para>
/// </remarks>
sealed class FileSystemSync : IDisposable
{
    /// <summary>For fewer files their own fsyncs, which meet in the disk, are as quick, and do not wait for what others have written.</summary>
    internal const int FewestFiles = 8;

    /// <summary>It also writes what other processes have left to be written. If that takes so long, it is <see cref="PutOff"/>.</summary>
    static readonly TimeSpan TooLong = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMinutes(1);

    // Each records in the superblock what its write-back could not write.
    const long Ext4 = 0xEF53, Xfs = 0x58465342, Btrfs = 0x9123683E;

    readonly SafeFileHandle? _root;
    readonly (long Kind, long Id) _fileSystem;
    readonly Action _syncfs;
    readonly TimeProvider _clock;
    Exception? _failure;
    int _epoch;
    long _notBefore = long.MinValue;

    /// <param name="syncfs">Syncs the file system.</param>
    /// <param name="clock">Says how long it took.</param>
    internal FileSystemSync(Action syncfs, TimeProvider clock) => (_syncfs, _clock) = (syncfs, clock);

    FileSystemSync(SafeFileHandle root, (long Kind, long Id) fileSystem, string path, TimeProvider clock)
        : this(() => Posix.Syncfs(root, path), clock) => (_root, _fileSystem) = (root, fileSystem);

    /// <summary>The file system of a folder; null where syncfs does not report every failure, before Linux 5.17 for one.</summary>
    /// <exception cref="PosixException">The folder cannot be opened.</exception>
    internal static FileSystemSync? TryOpen(string path, TimeProvider clock)
    {
        if (!OperatingSystem.IsLinux() || Environment.OSVersion.Version < new Version(5, 17))
            return null;
        var root = Posix.OpenExisting(path);
        var fileSystem = Posix.FileSystemOf(root, path);
        if (fileSystem.Kind is Ext4 or Xfs or Btrfs)
            return new FileSystemSync(root, fileSystem, path, clock);
        root.Dispose();
        return null;
    }

    /// <summary>Remember it before the first octet is written.</summary>
    internal int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Whether so many files are better synced by this than each by its own fsync.</summary>
    internal bool IsFor(int files) => files >= FewestFiles && _clock.GetTimestamp() >= _notBefore;

    /// <summary>Whether a file is on the file system that this syncs.</summary>
    internal bool Covers(SafeFileHandle file, string path) => _root is null || Posix.FileSystemOf(file, path) == _fileSystem;

    /// <summary>Leaves it alone for a while: it was slow because of what others have written, or failed, perhaps because of that. Who else
    /// cannot write there must not hold up the mail: meanwhile each file answers for itself.</summary>
    internal void PutOff() => _notBefore = _clock.GetTimestamp() + (long)(Pause.TotalSeconds * _clock.TimestampFrequency);

    /// <summary>Makes everything durable that was written before. One caller at a time.</summary>
    /// <exception cref="PosixException">It failed: nothing that was written before this threw is known to be durable.</exception>
    internal void Run()
    {
        var begun = _clock.GetTimestamp();
        try
        {
            _syncfs();
        }
        catch (Exception e)
        {
            _failure = e;
            Interlocked.Increment(ref _epoch);
            PutOff();
            throw;
        }

        if (_clock.GetElapsedTime(begun) > TooLong)
            PutOff();
    }

    /// <summary>Refuses what was written, or begun to be, before a failure.</summary>
    /// <exception cref="PosixException">That failure.</exception>
    internal void ThrowIfFailedSince(int epoch)
    {
        if (epoch != Epoch)
            ExceptionDispatchInfo.Throw(_failure!);
    }

    public void Dispose() => _root?.Dispose();
}
