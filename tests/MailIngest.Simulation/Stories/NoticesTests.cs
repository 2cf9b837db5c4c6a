using Xunit;

namespace MailIngest.Simulation.Stories;

/// <summary>A simulation that cannot fail proves nothing: here what it runs is broken on purpose.</summary>
public class NoticesTests(ITestOutputHelper output)
{
    const int MostStories = 300;

    [Fact]
    public void A_store_that_forgets_now_and_then_is_noticed() => Notices("Unbacked",
        world => world.StoreSeam = store => new BrokenStore(store, forgets: true, renames: false, world.Dice.Fork()));

    [Fact]
    public void A_store_that_names_blobs_by_chance_is_noticed() => Notices("Twice",
        world => world.StoreSeam = store => new BrokenStore(store, forgets: false, renames: true, world.Dice.Fork()));

    [Fact]
    public void A_ledger_that_forgets_its_commits_in_a_crash_is_noticed() => Notices("Backwards", world => world.LedgerForgets = true);

    void Notices(string breach, Action<World> tamper)
    {
        var campaign = new Campaign { Tamper = tamper };
        campaign.Run(0, told => told.Stories >= MostStories || told.Failures.Values.Any(failure => failure.Contains(breach, StringComparison.Ordinal)));
        output.WriteLine(campaign.Summary());
        Assert.Contains(campaign.Failures.Values, failure => failure.Contains(breach, StringComparison.Ordinal));
    }
}
