using System.Runtime.InteropServices;
using MailIngest.SystemTests.Faults;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Incidents;

/// <summary>An ext4 disk in a file, whose power can be cut: what the worker has not synced is gone then.</summary>
internal sealed partial class Disk : IDisposable
{
    const int ReadOnly = 0;
    const uint Shutdown = 0x8004587D; // EXT4_IOC_SHUTDOWN
    const uint WithoutTheLog = 2; // EXT4_GOING_FLAGS_NOLOGFLUSH

    readonly string _image;
    Mount _mount;

    Disk(string image, Mount mount) => (_image, _mount) = (image, mount);

    public string Folder => _mount.Folder;

    public static Disk At(string image, string folder)
    {
        Assert.SkipUnless(Libc.IsRoot, "To mount a small disk is not allowed here: it needs root.");
        using (var file = File.Create(image))
            file.SetLength(64 << 20);
        var (code, error) = Mount.Run("mkfs.ext4", "-q", "-F", image);
        Assert.SkipUnless(code == 0, $"mkfs.ext4 does not work: {error}");
        return new(image, Mount.At(folder, "-o", "loop", image));
    }

    /// <summary>The power fails and comes back.</summary>
    public void CutPower()
    {
        var unsynced = Path.Combine(Folder, "unsynced");
        File.WriteAllText(unsynced, "");
        var handle = Open(Folder, ReadOnly);
        var failed = handle < 0 || IoCtl(handle, Shutdown, WithoutTheLog) != 0;
        var why = Marshal.GetLastPInvokeErrorMessage();
        if (handle >= 0)
            _ = Close(handle);
        Assert.False(failed, $"The power of {Folder} cannot be cut: {why}");
        _mount.Dispose();
        _mount = Mount.At(Folder, "-o", "loop", _image);
        Assert.False(File.Exists(unsynced), "The disk has kept what nobody had synced: its power was not cut.");
    }

    public void Dispose() => _mount.Dispose();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoCtl(int handle, nuint request, in uint argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
