using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>Runs the worker under strace, which makes its system calls fail, kills it in one, or only writes them down.</summary>
internal static class Strace
{
    /// <summary>The command that runs what follows it with this fault in these system calls; skips the test where strace cannot.</summary>
    /// <param name="calls">Names of system calls, separated by commas.</param>
    /// <param name="fault">As strace spells it: <c>error=EIO</c>, <c>signal=KILL:when=3</c>.</param>
    /// <param name="path">Only calls on exactly this file or folder.</param>
    public static string[] Inject(string calls, string fault, string? path = null)
    {
        string[] filter = path is null ? [] : ["-P", path];
        // strace counts the calls of each thread apart: with one pool thread its count is nearly that of the whole process.
        string[] worker = ["-E", "DOTNET_ThreadPool_ForceMaxWorkerThreads=1"];
        return [Program(), "-f", "-qqq", "-o", "/dev/null", "-e", $"trace={calls}", "-e", $"inject={calls}:{fault}", .. filter, .. worker];
    }

    /// <summary>
    /// The command that runs what follows it and writes these system calls into a file, for <see cref="SystemCall.ReadAll"/>;
    /// skips the test where strace cannot.
    /// </summary>
    /// <param name="calls">Names of system calls, separated by commas.</param>
    /// <param name="file">Where they are written.</param>
    public static string[] Record(string calls, string file) => [Program(), "-f", "-y", "-qqq", "-o", file, "-e", $"trace={calls}"];

    static string Program()
    {
        Assert.SkipWhen(Programs.Strace is null, "strace is not installed (Debian: apt-get install strace); tests/run.sh does it.");
        Assert.SkipUnless(MayTrace.Value, "To trace a process is not allowed here: strace is installed, but ptrace is forbidden.");
        return Programs.Strace;
    }

    static readonly Lazy<bool> MayTrace = new(() =>
    {
        using var trial = System.Diagnostics.Process.Start(Programs.Strace!, ["-f", "-qqq", "-o", "/dev/null", "true"]);
        trial.WaitForExit();
        return trial.ExitCode == 0;
    });
}
