using System.Text.Json;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The Grafana dashboard: what no editor checks before it is imported.</summary>
public sealed class DashboardTests
{
    static readonly JsonElement Dashboard =
        JsonDocument.Parse(File.ReadAllText(Repository.At("deploy", "grafana", "dashboard.json"))).RootElement;

    static IEnumerable<JsonElement> Panels => Dashboard.GetProperty("panels").EnumerateArray();

    static IEnumerable<JsonElement> Graphs => Panels.Where(panel => Text(panel, "type") != "row");

    static IEnumerable<JsonElement> Queries => Graphs.SelectMany(panel => panel.GetProperty("targets").EnumerateArray());

    [Fact]
    public void It_uses_only_metrics_that_exist_and_leaves_none_out_that_tells_of_mail()
    {
        var used = Queries.SelectMany(query => Metrics.In(Text(query, "expr"))).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(used.Except(Metrics.Labels.Keys));
        Assert.Empty(Metrics.Labels.Keys.Except(used));
    }

    [Fact]
    public void Every_query_of_a_mailbox_s_metric_listens_to_the_choice_of_mailboxes() =>
        Assert.All(Queries.Select(query => Text(query, "expr")), expr =>
        {
            var perMailbox = Metrics.In(expr).Any(name => Metrics.Labels[name].Contains("mailbox"));
            Assert.Equal(perMailbox, expr.Contains("mailbox=~\"$mailbox\"", StringComparison.Ordinal));
        });

    [Fact]
    public void The_data_source_and_the_mailboxes_are_chosen_at_the_top()
    {
        var variables = Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().ToDictionary(each => Text(each, "name"));

        Assert.Equal("datasource", Text(variables["datasource"], "type"));
        Assert.Equal("prometheus", Text(variables["datasource"], "query"));
        Assert.True(variables["mailbox"].GetProperty("multi").GetBoolean());
        Assert.True(variables["mailbox"].GetProperty("includeAll").GetBoolean());
        Assert.All(Graphs, panel => Assert.Equal("${datasource}", Text(panel.GetProperty("datasource"), "uid")));
        Assert.All(Queries, query => Assert.Equal("${datasource}", Text(query.GetProperty("datasource"), "uid")));
    }

    [Fact]
    public void Every_panel_has_a_number_a_title_and_a_description_of_its_own_and_a_unit()
    {
        Assert.Equal(Panels.Count(), Panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(Panels.Count(), Panels.Select(panel => Text(panel, "title")).Distinct().Count());
        Assert.All(Graphs, panel => Assert.NotEmpty(Text(panel, "description")));
        Assert.All(Graphs, panel => Assert.NotEmpty(Text(panel.GetProperty("fieldConfig").GetProperty("defaults"), "unit")));
        Assert.All(Graphs, panel => Assert.Equal(
            panel.GetProperty("targets").GetArrayLength(),
            panel.GetProperty("targets").EnumerateArray().Select(query => Text(query, "refId")).Distinct().Count()));
        Assert.True(Dashboard.GetProperty("schemaVersion").GetInt32() >= 36);
        Assert.False(Dashboard.TryGetProperty("id", out _)); // it is given by the Grafana that imports it
    }

    [Fact]
    public void No_panel_lies_over_another_or_beyond_the_grid()
    {
        var taken = new Dictionary<(int X, int Y), string>();
        foreach (var panel in Panels)
        {
            var place = panel.GetProperty("gridPos");
            var (x, y, w, h) = (Number(place, "x"), Number(place, "y"), Number(place, "w"), Number(place, "h"));
            Assert.InRange(x + w, 1, 24);
            for (var column = x; column < x + w; column++)
                for (var line = y; line < y + h; line++)
                    Assert.True(
                        taken.TryAdd((column, line), Text(panel, "title")), $"{Text(panel, "title")} lies over {taken[(column, line)]}");
        }
    }

    static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
