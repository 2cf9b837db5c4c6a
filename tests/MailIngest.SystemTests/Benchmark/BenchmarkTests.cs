using System.Diagnostics;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Benchmark;

/// <summary>The benchmark itself: that it runs, and that a program that stores something wrong does not get a figure.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "gcc"), Trait("Needs", "mpop")]
public sealed class BenchmarkTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-benchmark-").FullName;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_a_slow_link_MailIngest_mpop_and_the_floor_are_measured_and_the_page_is_written()
    {
        var page = Path.Combine(_folder, "page.md");

        var (code, output) = await RunAsync(Workplace.Executable, "smoke@5", "--page", page);

        Assert.True(code == 0, output);
        var text = await File.ReadAllTextAsync(page, Stop);
        Assert.Contains("50 messages, ", text, StringComparison.Ordinal);
        foreach (var row in (string[])["MailIngest", "mpop", "floor: one syncfs"])
            Assert.Matches($@"(?m)^\| {row} +\| +\d+\.\d\d\d \| ", text);
    }

    [Fact]
    public async Task A_message_with_one_wrong_octet_is_noticed()
    {
        var (code, output) = await RunAsync(WorkerThat("""
            file=$(find blobs -name '*.eml' | sort | head -n 1)
            chmod u+w "$file" && printf X | dd of="$file" bs=1 seek=500 conv=notrunc status=none
            """), "smoke");

        Assert.Equal(70, code);
        Assert.Contains("MailIngest stored 50 files: 49 of the 50 messages are among them.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_stored_twice_is_noticed()
    {
        var (code, output) = await RunAsync(WorkerThat("""
            file=$(find blobs -name '*.eml' | sort | head -n 1)
            cp "$file" "${file%.eml}-again.eml"
            """), "smoke");

        Assert.Equal(70, code);
        Assert.Contains("MailIngest stored 51 files: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_ends_with_an_error_gets_no_figure()
    {
        var (code, output) = await RunAsync(WorkerThat("exit 3"), "smoke");

        Assert.Equal(70, code);
        Assert.Contains("ended with 3", output, StringComparison.Ordinal);
    }

    /// <summary>MailIngest, and then these commands, in the folder of its run.</summary>
    string WorkerThat(string commands)
    {
        var script = Path.Combine(_folder, "worker.sh");
        File.WriteAllText(script, $"#!/bin/sh\nset -e\n'{Workplace.Executable}' \"$@\"\n{commands}\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return script;
    }

    async Task<(int Code, string Output)> RunAsync(string worker, params string[] arguments)
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        Assert.SkipWhen(Programs.Find("gcc") is null, "gcc is not installed (Debian: apt-get install gcc libc6-dev); tests/run.sh does it.");
        Assert.SkipWhen(Programs.Find("mpop") is null, "mpop is not installed (Debian: apt-get install mpop); tests/run.sh does it.");
        var natives = Path.Combine(_folder, "natives");
        var (built, error) = Programs.Run(Repository.At("tests", "MailIngest.Benchmarks", "Native", "build.sh"), natives);
        Assert.True(built == 0, error);

        var build = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Release/net10.0
        var program = Repository.At("tests", "MailIngest.Benchmarks", "bin", build.Parent!.Name, build.Name, "MailIngest.Benchmarks.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--hurry", "--worker", worker, "--natives", natives])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Stop);
        var errors = process.StandardError.ReadToEndAsync(Stop);
        try
        {
            await process.WaitForExitAsync(Stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output + await errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
