using System.Globalization;

namespace MailIngest.Simulation;

/// <summary>Where this process keeps the files of its worlds: in memory where the machine has that. Gone when it ends.</summary>
static class MemoryFolder
{
    static readonly string _s_path = Make();
    static long _s_names;

    /// <summary>A path that nobody else uses.</summary>
    public static string NewPath(string what) =>
        Path.Combine(_s_path, string.Create(CultureInfo.InvariantCulture, $"{what}-{Interlocked.Increment(ref _s_names)}"));

    static string Make()
    {
        const string Shared = "/dev/shm";
        var path = Path.Combine(Directory.Exists(Shared) ? Shared : Path.GetTempPath(), $"mailingest-simulation-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}
