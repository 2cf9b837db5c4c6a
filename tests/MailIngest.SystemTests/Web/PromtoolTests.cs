using System.Diagnostics;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Web;

/// <summary>What Prometheus itself says of /metrics.</summary>
[Trait("Needs", "promtool")]
public sealed class PromtoolTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Prometheus_reads_the_metrics_and_finds_nothing_to_improve()
    {
        Assert.SkipWhen(Programs.Promtool is null, "promtool is not installed (apt-get install prometheus)");
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(world.Address, "metrics"), Stop);
        Assert.Contains("mailingest_backlog_messages{mailbox=\"invoices\"} 38", metrics, StringComparison.Ordinal);

        using var promtool = Process.Start(new ProcessStartInfo(Programs.Promtool!, ["check", "metrics"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync(Stop) + await promtool.StandardError.ReadToEndAsync(Stop);
        await promtool.WaitForExitAsync(Stop);

        Assert.Equal(("", 0), (said, promtool.ExitCode));
    }
}
