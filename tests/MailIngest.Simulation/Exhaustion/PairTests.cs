using System.Globalization;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>Two new messages, and two faults: at every effect in every way, and at every effect that follows in every way, the poll that
/// recovers included.</summary>
[Collection(Exhausting.Name)]
public class PairTests(ITestOutputHelper output)
{
    /// <summary>The short run tries one pair in so many.</summary>
    const int Share = 97;

    [Fact]
    public void A_share_of_all_pairs_of_faults_breaks_no_promise() => Sweep(Share);

    [Fact]
    [Trait("Length", "Full")]
    public void Any_two_faults_break_no_promise() => Sweep(1);

    void Sweep(int share)
    {
        var clean = Trial.Run(Scenarios.TwoMessages, []);
        Assert.Null(clean.Complaint);
        List<Blow> firsts = [.. clean.Effects.Take(clean.Acted).SelectMany(effect => Blow.At(effect.Number, effect.Kind))];

        var (all, coverage) = (0L, new Coverage("pairs"));
        var elapsed = Crew.Run(firsts, first =>
        {
            var alone = Trial.Run(Scenarios.TwoMessages, [first]);
            Assert.Null(alone.Complaint);
            foreach (var second in alone.Effects.Skip(first.Number).SelectMany(effect => Blow.At(effect.Number, effect.Kind)))
            {
                Interlocked.Increment(ref all);
                if (((first.Number * 7) + (int)first.Way + (second.Number * 11) + (int)second.Way) % share != 0)
                    continue;
                var trial = Trial.Run(Scenarios.TwoMessages, [first, second]);
                coverage.Add($"first fault: {first.Way}", trial.Struck == 2, trial.Complaint);
            }
        });
        output.WriteLine(coverage.Summary(elapsed));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"of {all:N0} pairs in all, one of {share}"));
        coverage.Judge();
    }
}
