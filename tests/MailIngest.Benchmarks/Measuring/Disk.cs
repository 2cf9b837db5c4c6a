using System.Globalization;

namespace MailIngest.Benchmarks.Measuring;

/// <summary>The folder on the disk that is measured: everything is made in it, and nothing is deleted before the end.</summary>
/// <remarks>
/// For a while ext4 does not use the inode of a deleted file again, and looks at each of them whenever a file is created (without a journal for one
/// to five minutes): a run of 0.4 s then takes 5 s. So what is no longer needed is emptied instead, and each run waits until files are created
/// at the usual price, whoever has deleted something.
/// </remarks>
internal sealed class Disk(string folder) : IDisposable
{
    const int Probes = 500;
    const int WorthIt = 64 << 10;

    static readonly TimeSpan Usual = TimeSpan.FromMicroseconds(120);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    int _folders;

    public string Folder => folder;

    /// <summary>Files were created at more than the usual price, although we waited.</summary>
    public bool IsSlow { get; private set; }

    public static Disk Create()
    {
        var disk = new Disk(Directory.CreateTempSubdirectory("mailingest-bench-").FullName);
        File.SetUnixFileMode(disk.Folder, Everybody);
        return disk;
    }

    // Peers that change their user have to get there.
    static UnixFileMode Everybody => (UnixFileMode)0b111_101_101;

    public string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(folder, (++_folders).ToString(CultureInfo.InvariantCulture)), Everybody).FullName;

    public async Task WaitUntilQuietAsync(CancellationToken stop)
    {
        if (IsSlow)
            return; // there is no use in waiting for it before every run
        for (var waited = TimeSpan.Zero; PriceOfAFile() > Usual; waited += Pause)
        {
            if (waited >= Patience)
            {
                IsSlow = true;
                return;
            }
            await Task.Delay(Pause, stop);
        }
    }

    /// <summary>Gives the space of all files back, but not their inodes.</summary>
    public void Empty()
    {
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Length >= WorthIt))
            using (var open = new FileStream(file.FullName, FileMode.Truncate, FileAccess.Write))
                open.Flush();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // By processor time: what else the machine does at this moment does not matter.
    TimeSpan PriceOfAFile()
    {
        var probe = NewFolder();
        var before = Environment.CpuUsage.TotalTime;
        for (var number = 0; number < Probes; number++)
            File.WriteAllBytes(Path.Combine(probe, number.ToString(CultureInfo.InvariantCulture)), [1]);
        return (Environment.CpuUsage.TotalTime - before) / Probes;
    }
}
