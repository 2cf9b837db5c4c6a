using System.Text.RegularExpressions;
using MailIngest.SystemTests.Servers;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The alerts: right for Prometheus, tested with its own unit tests, and each with words for whoever is woken.</summary>
public sealed partial class AlertTests
{
    static readonly string Folder = Repository.At("deploy", "prometheus");
    static readonly string Rules = Path.Combine(Folder, "alerts.yaml");
    static readonly string Cases = Path.Combine(Folder, "alerts.test.yaml");

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static string Promtool
    {
        get
        {
            var program = Programs.Promtool;
            Assert.SkipWhen(program is null, "promtool is not installed (Debian: apt-get install prometheus); tests/run.sh does it.");
            return program;
        }
    }

    [Fact, Trait("Needs", "promtool")]
    public async Task Prometheus_takes_the_rules() => await Tool.PassAsync(Promtool, ["check", "rules", "--lint-fatal", Rules], Stop);

    [Fact, Trait("Needs", "promtool")]
    public async Task Each_alert_fires_when_it_must_and_not_when_it_must_not() =>
        await Tool.PassAsync(Promtool, ["test", "rules", Cases], Stop);

    /// <summary>A limit in a rule that no case notices is a limit that nobody has tested.</summary>
    [Theory, Trait("Needs", "promtool")]
    [InlineData("> 1800\n", "> 18000\n")]
    [InlineData(">= 3)", ">= 1)")]
    [InlineData("> 0.1\n", "> 0.001\n")]
    [InlineData("< 0.15", "< 0.17")]
    [InlineData("14 * 86400", "20 * 86400")]
    [InlineData("> 3 * 3600", "> 2 * 3600")]
    [InlineData("unless on () kube_cronjob_info{namespace=\"mailingest\"}", "")]
    [InlineData("or (mailingest_invariant_violation_total > 0 unless mailingest_invariant_violation_total offset 1h)", "")]
    public async Task A_wrong_limit_is_noticed(string right, string wrong)
    {
        var folder = Directory.CreateTempSubdirectory("mailingest-alerts-").FullName;
        try
        {
            var rules = await File.ReadAllTextAsync(Rules, Stop);
            Assert.Contains(right, rules, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, "alerts.yaml"), rules.Replace(right, wrong, StringComparison.Ordinal), Stop);
            File.Copy(Cases, Path.Combine(folder, "alerts.test.yaml"));

            var (code, output) = await Tool.RunAsync(Promtool, ["test", "rules", "alerts.test.yaml"], Stop, folder);

            Assert.Contains("FAILED", output, StringComparison.Ordinal);
            Assert.NotEqual(0, code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_alert_has_a_severity_a_case_and_words_that_say_what_to_do()
    {
        var cases = File.ReadAllText(Cases);
        var runbook = File.ReadAllText(Repository.At("deploy", "runbook.md"));

        Assert.All(Alerts(), alert =>
        {
            Assert.Contains(Text(alert, "labels", "severity"), (string[])["page", "ticket"]);
            Assert.Contains($"alertname=\"{Text(alert, "alert")}\"", cases, StringComparison.Ordinal);
            Assert.NotEmpty(Text(alert, "annotations", "summary"));
            Assert.True(Text(alert, "annotations", "description").Length > 80, $"{Text(alert, "alert")} hardly says what to do.");
            Assert.Contains($"\n### {Text(alert, "alert")}\n", runbook, StringComparison.Ordinal);
            Assert.Equal($"deploy/runbook.md#{Lower(Text(alert, "alert"))}", Text(alert, "annotations", "runbook"));
        });
    }

    [Fact]
    public void Alerts_and_their_cases_use_only_metrics_and_labels_that_exist()
    {
        foreach (var file in new[] { Rules, Cases })
            Assert.Empty(Metrics.In(File.ReadAllText(file)).Except(Metrics.Labels.Keys));
        foreach (Match series in Series().Matches(File.ReadAllText(Cases)))
            Assert.Equal(
                Metrics.Labels[series.Groups[1].Value].Order(),
                Label().Matches(series.Groups[2].Value).Select(label => label.Groups[1].Value).Order());
    }

    static List<YamlMappingNode> Alerts()
    {
        var yaml = new YamlStream();
        using var file = File.OpenText(Rules);
        yaml.Load(file);
        var groups = (YamlSequenceNode)yaml.Documents[0].RootNode["groups"];
        List<YamlMappingNode> alerts = [.. groups.SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>()];
        Assert.NotEmpty(alerts);
        return alerts;
    }

    static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)path.Aggregate(node, (inner, key) => inner[key])).Value!;

#pragma warning disable CA1308 // an anchor in Markdown is lower case
    static string Lower(string text) => text.ToLowerInvariant();
#pragma warning restore CA1308

    [GeneratedRegex("series: '(mailingest_[a-z_]+)([^']*)'")]
    private static partial Regex Series();

    [GeneratedRegex("([a-z_]+)=")]
    private static partial Regex Label();
}
