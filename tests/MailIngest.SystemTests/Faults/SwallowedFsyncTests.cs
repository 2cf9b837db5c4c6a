using System.Runtime.InteropServices;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// .NET 10 for Linux swallows a failing fsync, which is why the worker calls fsync by hand. When one of these tests fails the runtime was
/// mended: then the ban of <c>FileStream.Flush(true)</c> and <c>RandomAccess.FlushToDisk</c> can be reconsidered.
/// </summary>
public sealed partial class SwallowedFsyncTests
{
    const string Mended = "The runtime was mended: a failing fsync is told. See whether the fsync by hand is needed any longer.";

    [Fact, Trait("Needs", "root")]
    public void Flushing_a_file_to_a_disk_that_fails_throws_nothing_although_fsync_said_so()
    {
        using var place = new Workplace();
        using var disk = new PoweredDisk();
        disk.Attach(Path.Combine(place.Folder, "disk"));
        try
        {
            using var file = new FileStream(Path.Combine(disk.Folder, "file"), FileMode.CreateNew);
            file.Write("mail"u8);
            file.Flush();
            disk.Cut();

            Assert.Equal((-1, Errno.EIO), (Libc.Fsync(file.SafeFileHandle), (Errno)Marshal.GetLastPInvokeError()));
            Assert.True(Record.Exception(() => file.Flush(flushToDisk: true)) is null, Mended);
            Assert.True(Record.Exception(() => RandomAccess.FlushToDisk(file.SafeFileHandle)) is null, Mended);
        }
        finally
        {
            disk.PowerOn();
            disk.Detach();
        }
    }

    /// <summary>The cause, without root: the runtime asks "is it less than 0?" of a function that answers 0 or 1.</summary>
    [Fact]
    public void The_runtime_turns_the_answer_of_fsync_into_0_or_1()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write); // whose fsync answers EINVAL

        Assert.Equal(-1, Libc.Fsync(nothing));
        Assert.True(SystemNativeFsync(nothing) == 1, Mended);
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FSync")]
    private static partial int SystemNativeFsync(SafeHandle file);
}
