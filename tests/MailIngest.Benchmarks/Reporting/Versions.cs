using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Reporting;

/// <summary>What was compared, and when: one line.</summary>
internal static partial class Versions
{
    public static string Of(Options options)
    {
        var libraries = Path.GetDirectoryName(options.Libraries);
        IEnumerable<string?> parts =
        [
            DateTime.UtcNow.ToString("d MMMM yyyy", CultureInfo.InvariantCulture),
            Said("MailIngest", options.Worker, "--version"),
            Said("commit", "git", "-C", Repository.At(), "rev-parse", "--short", "HEAD"),
            Said("Dovecot", "dovecot", "--version"),
            Said("mpop", "mpop", "--version"),
            Said("fetchmail", "fetchmail", "--version"),
            Said("getmail6", "getmail", "--version"),
            OfLibrary(libraries, "MailKit"),
            OfLibrary(libraries, "Azure.Storage.Blobs"),
            ".NET " + Environment.Version,
        ];
        return string.Join("; ", parts.OfType<string>()) + ".";
    }

    // The first thing that looks like a version, or like a commit; null where there is none.
    static string? Said(string name, string program, params string[] arguments)
    {
        if (Programs.Find(program) is null && !File.Exists(program))
            return null;
        var start = new ProcessStartInfo(Programs.Find(program) ?? program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        error.Wait();
        return Version().Match(output) is { Success: true, Value: var version } ? $"{name} {version.Trim()}" : null;
    }

    static string? OfLibrary(string? folder, string name)
    {
        var file = Path.Combine(folder ?? "", name + ".dll");
        return File.Exists(file) ? $"{name} {FileVersionInfo.GetVersionInfo(file).ProductVersion?.Split('+')[0]}" : null;
    }

    [GeneratedRegex(@"\d+(\.\d+)+|^[0-9a-f]{7,40}\s*$")]
    private static partial Regex Version();
}
