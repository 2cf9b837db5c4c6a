using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MailIngest.Benchmarks.Measuring;

/// <summary>Runs one program and says what it cost.</summary>
internal sealed class Measurement(NativeTools tools)
{
    const nuint Touched = 512 << 20;

    /// <summary>Runs a command to its end, on a quiet disk and with memory that the machine has already given us.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="succeeded">What its exit code says.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InvalidOperationException">It ended with an error; the message is what it printed.</exception>
    public async Task<(Cost Cost, string Output)> RunAsync(
        IReadOnlyList<string> command, Func<int, bool> succeeded, string folder, CancellationToken stop)
    {
        using (var sync = Process.Start("sync"))
            await sync.WaitForExitAsync(stop);
        TouchMemory();

        var report = Path.Combine(folder, "cost");
        // The launcher is a tiny program: it does not count its own image as the peak of what it starts.
        var start = new ProcessStartInfo(tools.Launch, [report, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var error = process.StandardError.ReadToEndAsync(stop);
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (!succeeded(process.ExitCode))
            throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}:\n{await output}{await error}");

        return (Read(await File.ReadAllTextAsync(report, stop)), await output);
    }

    // "wall_ns=… user_us=… sys_us=… maxrss_kb=…"
    static Cost Read(string report)
    {
        var figures = report.Split(' ').Select(figure => long.Parse(figure.Split('=')[1], CultureInfo.InvariantCulture)).ToArray();
        return new Cost(figures[0] / 1e9, (figures[1] + figures[2]) / 1e6, figures[3] / 1024.0);
    }

    // A virtual machine that hands free pages back to its host pays dearly for the first touch of each.
    static unsafe void TouchMemory()
    {
        var memory = NativeMemory.Alloc(Touched);
        NativeMemory.Fill(memory, Touched, 1);
        NativeMemory.Free(memory);
    }
}
