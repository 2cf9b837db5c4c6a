using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>A file system mounted for one test; needs root.</summary>
internal sealed class Mount : IDisposable
{
    Mount(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Mounts at a new folder; skips the running test where that is not allowed.</summary>
    public static Mount At(string folder, params string[] arguments)
    {
        Assert.SkipUnless(Libc.IsRoot, "To mount a small disk is not allowed here: it needs root.");
        Directory.CreateDirectory(folder);
        var (code, error) = Programs.Run("mount", [.. arguments, folder]);
        Assert.SkipUnless(code == 0, $"To mount a small disk is not allowed here: mount {string.Join(' ', arguments)}: {error}");
        return new Mount(folder);
    }

    /// <summary>Writes a file of zeros that leaves about this many octets free; deleting it frees them again.</summary>
    public void FillBut(string filler, long octets)
    {
        using var file = File.Create(filler);
        var zeros = new byte[64 * 1024];
        for (var free = new DriveInfo(Folder).AvailableFreeSpace - octets; free > 0; free -= zeros.Length)
            file.Write(zeros, 0, (int)Math.Min(free, zeros.Length));
        file.Flush();
    }

    /// <summary>Unmounts it. A process that another test is just starting may hold a copy of a descriptor for a moment.</summary>
    public void Dispose()
    {
        var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        (int Code, string Error) answer;
        while ((answer = Programs.Run("umount", Folder)).Code != 0 && answer.Error.Contains("busy", StringComparison.Ordinal)
            && !patience.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(20)))
        {
        }
        patience.Dispose();
        if (answer.Code != 0)
            throw new IOException($"umount {Folder}: {answer.Error}");
    }
}
