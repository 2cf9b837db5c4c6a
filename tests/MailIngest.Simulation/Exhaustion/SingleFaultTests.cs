using System.Collections.Concurrent;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>In every scenario every single effect goes wrong in every way that there is.</summary>
[Collection(Exhausting.Name)]
public class SingleFaultTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_effect_may_fail_in_every_way() => Sweep(whole: false);

    [Fact]
    [Trait("Length", "Full")]
    public void Every_effect_may_fail_in_every_way_with_large_messages_too() => Sweep(whole: true);

    void Sweep(bool whole)
    {
        var only = Environment.GetEnvironmentVariable("EXHAUSTION_SCENARIO") ?? "";
        List<Scenario> scenarios = [.. Scenarios.All.Where(scenario => scenario.Name.Contains(only, StringComparison.Ordinal))];
        var clean = new ConcurrentDictionary<Scenario, Trial>();
        Crew.Run(scenarios, scenario => clean[scenario] = Trial.Run(scenario, []));
        Assert.Equal("", string.Join("\n\n", clean.Values.Select(trial => trial.Complaint).OfType<string>()));
        List<(Scenario Scenario, Blow Blow)> points =
            [.. scenarios.SelectMany(scenario => Points(clean[scenario], whole ? 1 : scenario.Share).Select(blow => (scenario, blow)))];

        var coverage = new Coverage("points");
        var elapsed = Crew.Run(points, point =>
        {
            var trial = Trial.Run(point.Scenario, [point.Blow]);
            coverage.Add(point.Scenario.Name, trial.Struck == 1, trial.Complaint);
        });
        output.WriteLine(coverage.Summary(elapsed));
        coverage.Judge();
    }

    static IEnumerable<Blow> Points(Trial clean, int share) => clean.Effects.Take(clean.Acted)
        .SelectMany(effect => Blow.At(effect.Number, effect.Kind)).Where((_, i) => i % share == 0);
}

/// <summary>One sweep after the other: each takes all processors.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Exhausting
{
    public const string Name = "exhaustion";
}
