using MailIngest.Blobs;
using MailIngest.Simulation.Scheduling;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Simulation.Stories;

/// <summary>A simulation that cannot fail proves nothing: here what it runs is broken on purpose.</summary>
public class NoticesTests(ITestOutputHelper output)
{
    const int MostStories = 300;

    [Fact]
    public void A_store_that_forgets_now_and_then_is_noticed() => NoticesCommits("Unbacked", (dice, draft, name, facts, stop) =>
        dice.Chance(0.1) ? Task.FromResult(CommitOutcome.Created) : draft.CommitAsync(name, facts, stop));

    [Fact]
    public void A_store_that_names_blobs_by_chance_is_noticed() => NoticesCommits("Twice", (dice, draft, name, facts, stop) =>
        draft.CommitAsync(new($"{name.Path}-{dice.Below(1000)}"), facts, stop));

    [Fact]
    public void A_ledger_that_forgets_its_commits_in_a_crash_is_noticed() => Notices("Backwards", world => world.LedgerForgets = true);

    void NoticesCommits(string breach, Func<Dice, IBlobDraft, BlobName, BlobFacts, CancellationToken, Task<CommitOutcome>> commit) =>
        Notices(breach, world => world.StoreSeam = store =>
        {
            var dice = world.Dice.Fork();
            return new CommitSeam(store, (draft, name, facts, stop) => commit(dice, draft, name, facts, stop));
        });

    void Notices(string breach, Action<World> tamper)
    {
        var campaign = new Campaign { Tamper = tamper };
        campaign.Run(0, told => told.Stories >= MostStories || told.Failures.Values.Any(IsThat));
        output.WriteLine(campaign.Summary());
        Assert.Contains(campaign.Failures.Values, IsThat);

        bool IsThat(string failure) => failure.Contains(breach, StringComparison.Ordinal);
    }
}
