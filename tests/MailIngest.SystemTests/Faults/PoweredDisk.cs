using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>An ext4 disk in a file, whose power can be cut: what was not synced is gone when it is on again. Needs root.</summary>
internal sealed class PoweredDisk : IDisposable
{
    const string Unsynced = "unsynced";

    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-disk-").FullName;
    Mount? _mount;

    public PoweredDisk()
    {
        using (var file = File.Create(Image))
            file.SetLength(48 << 20);
        var (code, error) = Programs.Run("mkfs.ext4", "-q", "-F", Image);
        Assert.SkipUnless(code == 0, $"mkfs.ext4 does not work: {error}");
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder => _mount!.Folder;

    string Image => Path.Combine(_folder, "disk.img");

    /// <summary>Mounts it at a folder, which is made.</summary>
    public void Attach(string folder) => _mount = Mount.At(folder, "-o", "loop", Image);

    /// <summary>Turns the power off; whoever has a file open there is left with a disk that fails.</summary>
    public void Cut()
    {
        using var file = File.OpenHandle(Path.Combine(Folder, Unsynced), FileMode.CreateNew, FileAccess.Write);
        Assert.Equal(0, Libc.ShutDownExt4(file));
    }

    /// <summary>Turns the power on again: it holds what had reached it.</summary>
    public void PowerOn()
    {
        var folder = Folder;
        _mount!.Dispose();
        Attach(folder);
        Assert.False(File.Exists(Path.Combine(folder, Unsynced)), "The disk has kept what nobody had synced: its power was not cut.");
    }

    /// <summary>Empties and unmounts it.</summary>
    public void Detach()
    {
        foreach (var entry in new DirectoryInfo(Folder).EnumerateFileSystemInfos().Where(entry => entry.Name != "lost+found"))
        {
            if (entry is DirectoryInfo folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }
        _mount!.Dispose();
        _mount = null;
    }

    public void Dispose()
    {
        _mount?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
