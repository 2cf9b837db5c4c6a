using System.Diagnostics;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>An outside program that reads what is in deploy/, run to its end.</summary>
internal static class Tool
{
    /// <summary>What the program printed on both streams, and its exit code.</summary>
    public static async Task<(int Code, string Output)> RunAsync(
        string program, string[] arguments, CancellationToken stop, string? folder = null, TimeSpan? patience = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience ?? TimeSpan.FromMinutes(2));
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>What it printed; fails when its exit code is not 0.</summary>
    public static async Task<string> PassAsync(
        string program, string[] arguments, CancellationToken stop, string? folder = null, TimeSpan? patience = null)
    {
        var (code, output) = await RunAsync(program, arguments, stop, folder, patience);
        Assert.True(code == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {code}:\n{output}");
        return output;
    }
}
