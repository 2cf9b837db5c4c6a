using System.Globalization;
using Xunit;

namespace MailIngest.Simulation.Stories;

/// <summary>Never lost, never twice, whatever happens: thousands of seeds, each another history.</summary>
public class StoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Ten_thousand_sessions_break_no_promise_and_a_seed_means_the_same_each_time()
    {
        var campaign = new Campaign();
        campaign.Run(0, told => told.Sessions >= 10_000 || told.Failures.Count >= 5);
        output.WriteLine(campaign.Summary());
        Assert.True(campaign.Failures.Count == 0, string.Join("\n\n", campaign.Failures.Values));
        Replay(campaign, 0, 250);
    }

    /// <summary>1,000,000 unless SIMULATION_SESSIONS says how many; from the seed SIMULATION_FIRST on.</summary>
    [Fact]
    [Trait("Length", "Full")]
    public void A_million_sessions_break_no_promise()
    {
        var (first, sessions) = (Setting("SIMULATION_FIRST", 1_000_000), (long)Setting("SIMULATION_SESSIONS", 1_000_000));
        var campaign = new Campaign();
        campaign.Run(first, told => told.Sessions >= sessions || told.Failures.Count >= 40);
        output.WriteLine(campaign.Summary());
        Assert.True(campaign.Failures.Count == 0, string.Join("\n\n", campaign.Failures.Values));
        Replay(campaign, first, (int)Math.Min(10_000, campaign.Stories / 4));
    }

    void Replay(Campaign campaign, ulong first, int seeds)
    {
        var again = new Campaign();
        again.Run(first, told => told.Stories >= seeds);
        List<ulong> others = [.. again.Hashes.Where(told => campaign.Hashes[told.Key] != told.Value).Select(told => told.Key)];
        output.WriteLine($"replayed {again.Hashes.Count} seeds: {again.Hashes.Count - others.Count} logs are the same, octet for octet");
        Assert.True(others.Count == 0, $"told otherwise the second time: {string.Join(", ", others)}");
    }

    static ulong Setting(string name, ulong usually) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var set) ? set : usually;

    /// <summary>For people who debug: MailIngest.Simulation with SIMULATION_SEED=n prints the log of one seed.</summary>
    [Fact]
    public void A_seed_can_be_told_again()
    {
        using var story = new Story(Setting("SIMULATION_SEED", 1));
        story.Run();
        output.WriteLine(string.Join('\n', story.World.Log.Lines));
        Assert.Empty(story.World.Violations);
    }
}
