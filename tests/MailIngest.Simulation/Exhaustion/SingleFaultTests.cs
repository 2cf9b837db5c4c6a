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
    public void Every_effect_may_fail_in_every_way_and_so_may_every_part_of_a_large_message() => Sweep(whole: true);

    void Sweep(bool whole)
    {
        var clean = new ConcurrentDictionary<Scenario, Trial>();
        Crew.Run(Scenarios.All, scenario => clean[scenario] = Trial.Run(scenario, []));
        Assert.All(clean.Values, trial => Assert.Null(trial.Complaint));
        List<(Scenario Scenario, Blow Blow)> points =
            [.. clean.SelectMany(of => Points(of.Value, whole ? 1 : of.Key.ShareOfAnswers).Select(blow => (of.Key, blow)))];

        var coverage = new Coverage("points");
        var elapsed = Crew.Run(points, point =>
        {
            var trial = Trial.Run(point.Scenario, [point.Blow]);
            coverage.Add(point.Scenario.Name, trial.Struck == 1, trial.Complaint);
        });
        output.WriteLine(coverage.Summary(elapsed));
        Assert.Equal("", coverage.Complaint);
    }

    static IEnumerable<Blow> Points(Trial clean, int share) => clean.Effects.Take(clean.Acted)
        .Where(effect => effect.Kind != EffectKind.Answer || effect.What.StartsWith('+') || effect.Number % share == 0)
        .SelectMany(effect => Blow.At(effect.Number, effect.Kind));
}

/// <summary>One sweep after the other: each takes all processors.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Exhausting
{
    public const string Name = "exhaustion";
}
