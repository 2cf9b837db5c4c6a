using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The systemd units, as systemd reads them.</summary>
[Trait("Needs", "systemd-analyze")]
public sealed class UnitFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-systemd-").FullName;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Systemd_finds_nothing_wrong()
    {
        // A program that is not installed would be the one complaint: any other stands for it.
        foreach (var unit in Directory.EnumerateFiles(Repository.At("deploy", "systemd")))
        {
            var text = await File.ReadAllTextAsync(unit, Stop);
            await File.WriteAllTextAsync(
                Path.Combine(_folder, Path.GetFileName(unit)),
                text.Replace("/usr/local/lib/mailingest/MailIngest", "/bin/true", StringComparison.Ordinal), Stop);
        }

        var said = await Tool.PassAsync(Analyze, ["verify", "--man=no", .. Directory.EnumerateFiles(_folder)], Stop);

        Assert.Equal("", said.Trim());
    }

    [Theory, InlineData("mailingest.service"), InlineData("mailingest-once.service")]
    public async Task The_service_is_well_shut_in(string unit)
    {
        string[] question = ["security", "--offline=true", "--no-pager", "--threshold=15", Repository.At("deploy", "systemd", unit)];
        var (code, said) = await Tool.RunAsync(Analyze, question, Stop);

        Assert.True(code == 0, said); // exposure of 1.5 at most, of 10
    }

    [Theory, InlineData("mailingest.service", "run"), InlineData("mailingest-once.service", "once")]
    public async Task The_service_runs_our_command_line_and_waits_for_it_to_end(string unit, string verb)
    {
        var lines = await File.ReadAllLinesAsync(Repository.At("deploy", "systemd", unit), Stop);

        Assert.Contains($"ExecStart=/usr/local/lib/mailingest/MailIngest {verb} --settings /etc/mailingest/appsettings.json", lines);
        Assert.Contains("TimeoutStopSec=40s", lines); // more than the default of run.shutdownGrace, 25 s
        Assert.Contains("StateDirectory=mailingest", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("Environment", StringComparison.Ordinal)); // passwords are credentials
        if (verb == "run") Assert.Contains("RestartPreventExitStatus=64 78", lines);
    }

    static string Analyze
    {
        get
        {
            var program = Programs.SystemdAnalyze;
            Assert.SkipWhen(program is null, "systemd-analyze is not installed (Debian: apt-get install systemd); tests/run.sh does it.");
            return program;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
