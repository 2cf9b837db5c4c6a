using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MailIngest.Benchmarks;

/// <summary>What one run of a program cost.</summary>
internal sealed record Measurement(double Wall, double Processor, double PeakMegabytes)
{
    const nuint Touched = 512 << 20;

    /// <summary>Runs a command to its end, on a quiet disk and with memory that the machine has already given us.</summary>
    public static async Task<Measurement> RunAsync(IReadOnlyList<string> command, string folder, CancellationToken stop)
    {
        using (var sync = Process.Start("sync"))
            await sync.WaitForExitAsync(stop);
        TouchMemory();

        // "time" is a tiny program: it does not count its own image as the peak of what it starts.
        var report = Path.Combine(folder, "time");
        var start = new ProcessStartInfo("/usr/bin/time", ["-q", "-f", "%U %S %M", "-o", report, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var error = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        var wall = clock.Elapsed.TotalSeconds;
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}:\n{await output}{await error}");

        var figures = (await File.ReadAllTextAsync(report, stop)).Split(' ');
        var costs = figures.Select(figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray();
        return new Measurement(wall, costs[0] + costs[1], costs[2] / 1024);
    }

    // A virtual machine that hands free pages back to its host pays dearly for the first touch of each.
    static unsafe void TouchMemory()
    {
        var memory = NativeMemory.Alloc(Touched);
        NativeMemory.Fill(memory, Touched, 1);
        NativeMemory.Free(memory);
    }
}
