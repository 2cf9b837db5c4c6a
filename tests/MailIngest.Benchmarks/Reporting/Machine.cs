using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Reporting;

/// <summary>The machine that measures.</summary>
internal sealed record Machine(string Processor, int Cores, long Memory, string System, string FileSystem, TimeSpan Sync)
{
    const int Syncs = 50;

    /// <param name="folder">On the disk that is measured.</param>
    public static Machine Look(string folder) => new(
        Value("/proc/cpuinfo", "model name", ':') ?? "an unknown processor",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        (Value("/etc/os-release", "PRETTY_NAME", '=') ?? "Linux").Trim('"') + ", kernel " + Environment.OSVersion.Version,
        new DriveInfo(folder).DriveFormat,
        MeasureSync(folder));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Processor}, {Cores} cores, {Memory / (double)(1 << 30):0} GiB; {System}; {FileSystem}, which creates and syncs a file of 4 KB in
        {Sync.TotalMilliseconds:0.00} ms. Server, proxy and client share these cores.
        """);

    // The median: create, write 4 KB, fsync.
    static TimeSpan MeasureSync(string folder)
    {
        var times = new List<TimeSpan>();
        for (var number = 0; number < Syncs; number++)
        {
            var start = Stopwatch.GetTimestamp();
            using var file = new FileStream(Path.Combine(folder, "sync" + number), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            file.Write(Encoding.ASCII.GetBytes(new string('x', 4096)));
            if (Libc.Fsync(file.SafeFileHandle) != 0)
                throw new IOException($"fsync failed in {folder}.");
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        return times.Order().ElementAt(Syncs / 2);
    }

    static string? Value(string file, string key, char sign) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(sign, 2)[1].Trim();
}
