using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Reporting;

/// <summary>What was compared, and when.</summary>
internal sealed partial record Versions(string Text)
{
    public static Versions Of(Options options)
    {
        string[] parts =
        [
            DateTime.UtcNow.ToString("d MMMM yyyy", CultureInfo.InvariantCulture),
            "MailIngest " + First(options.Worker, "--version") + " (commit " + First("git", "-C", Repository.At(), "rev-parse", "--short", "HEAD") + ")",
            "Dovecot " + First(Programs.Dovecot!, "--version"),
            .. from peer in (string[])["mpop", "fetchmail", "getmail"]
               where Programs.Find(peer) is not null
               select peer + " " + First(peer, "--version"),
            ".NET " + Environment.Version,
        ];
        return new Versions(string.Join("; ", parts) + ".");
    }

    public override string ToString() => Text;

    // The first thing that looks like a version, or a commit.
    static string First(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        error.Wait();
        return Version().Match(output) is { Success: true } found ? found.Value : output.Trim();
    }

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Version();
}
