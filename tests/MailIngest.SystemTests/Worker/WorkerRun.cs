using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>A worker process that has ended: how, and what it printed on both streams.</summary>
internal sealed record WorkerRun(int ExitCode, string Output)
{
    /// <summary>128 + SIGKILL, as shells count.</summary>
    const int KilledCode = 137;

    public bool Killed => ExitCode == KilledCode;

    /// <summary>Fails, showing what was printed, when the worker ended otherwise.</summary>
    public WorkerRun Ended(ExitCode code)
    {
        Assert.True(ExitCode == (int)code, $"Exit code {ExitCode}, not {(int)code} ({code}):\n{Output}");
        return this;
    }

    /// <summary>Fails when the worker called this run a success.</summary>
    public WorkerRun Failed()
    {
        Assert.True(ExitCode is not (int)Worker.ExitCode.Done and not KilledCode, $"Exit code {ExitCode}, but something failed:\n{Output}");
        return this;
    }

    /// <summary>Fails when no single line says all of this, or when a stack trace stands where a sentence belongs.</summary>
    public WorkerRun Said(params string[] words)
    {
        Assert.True(
            Output.Split('\n').Any(line => words.All(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))),
            $"No line says {string.Join(", ", words.Select(word => $"\"{word}\""))}:\n{Output}");
        Assert.DoesNotContain("   at MailIngest.", Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at System.", Output, StringComparison.Ordinal);
        return this;
    }
}
