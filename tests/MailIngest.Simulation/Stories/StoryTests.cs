using System.Globalization;
using Xunit;

namespace MailIngest.Simulation.Stories;

/// <summary>Never lost, never twice, whatever happens: thousands of seeds, each another history.</summary>
public class StoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Ten_thousand_sessions_break_no_promise()
    {
        var campaign = new Campaign();
        campaign.Run(0, told => told.Sessions >= 10_000 || told.Failures.Count >= 5);
        output.WriteLine(campaign.Summary());
        Assert.True(campaign.Failures.Count == 0, string.Join("\n\n", campaign.Failures.Values));
    }

    /// <summary>For people who debug: MailIngest.Simulation with SIMULATION_SEED=n prints the log of one seed.</summary>
    [Fact]
    public void A_seed_can_be_told_again()
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("SIMULATION_SEED") ?? "1", CultureInfo.InvariantCulture);
        using var story = new Story(seed);
        story.Run();
        output.WriteLine(string.Join('\n', story.World.Log.Lines));
        Assert.Empty(story.World.Violations);
    }
}
