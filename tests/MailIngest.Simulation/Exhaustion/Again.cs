using System.Globalization;
using MailIngest.Simulation.Wire;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>For people who debug: any point of any sweep once more, with its whole log.</summary>
public class Again(ITestOutputHelper output)
{
    const string Variable = "EXHAUSTION_POINT";

    /// <summary>What to type to run that point again.</summary>
    public static string Line(string point) =>
        $"again: {Variable}='{point}' dotnet test --project tests/MailIngest.Simulation --filter-class '*Again' --show-live-output on";

    [Fact]
    public void A_point_can_be_tried_again()
    {
        var words = (Environment.GetEnvironmentVariable(Variable) ?? "Two new messages; 17 Kill; 20 Kill")
            .Split(';', StringSplitOptions.TrimEntries);
        Assert.Null(words[0] == CutPoint.Word
            ? new CutPoint(
                bool.Parse(words[1]), Enum.Parse<Chunking>(words[2]),
                new WireCut(1, bool.Parse(words[3]), long.Parse(words[4], CultureInfo.InvariantCulture), Enum.Parse<WireEnd>(words[5])))
                .Run(output.WriteLine).Complaint
            : Trial.Run(
                Scenarios.All.Single(scenario => scenario.Name == words[0]), [.. words.Skip(1).Select(Blow.Parse)], log: output.WriteLine)
                .Complaint);
    }
}
