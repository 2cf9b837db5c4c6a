using System.Globalization;
using System.Text.RegularExpressions;

namespace MailIngest.Simulation;

/// <summary>Where this process keeps the files of its worlds: in memory where the machine has that. Gone when it ends.</summary>
static class MemoryFolder
{
    static readonly string _s_path = Make();
    static readonly Regex _s_names = new(Regex.Escape(_s_path) + @"/([a-z.]+)-\d+", RegexOptions.CultureInvariant);
    static long _s_last;

    /// <summary>A path that nobody else uses.</summary>
    public static string NewPath(string what) =>
        Path.Combine(_s_path, string.Create(CultureInfo.InvariantCulture, $"{what}-{Interlocked.Increment(ref _s_last)}"));

    /// <summary>A text in which those paths, another one in every run, are only what they are for.</summary>
    public static string Anonymous(string text) =>
        text.Contains(_s_path, StringComparison.Ordinal) ? _s_names.Replace(text, "/memory/$1") : text;

    static string Make()
    {
        const string Shared = "/dev/shm";
        var path = Path.Combine(Directory.Exists(Shared) ? Shared : Path.GetTempPath(), $"mailingest-simulation-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}
