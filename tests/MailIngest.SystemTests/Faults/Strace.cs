using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>Runs the worker under strace, which writes its system calls down.</summary>
internal static class Strace
{
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
