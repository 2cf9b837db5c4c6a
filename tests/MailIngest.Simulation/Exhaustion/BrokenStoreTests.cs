using MailIngest.Blobs;
using MailIngest.Simulation.Store;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>The sweep notices: stores that are broken on purpose and that no clean run betrays are found out by it.</summary>
[Collection(Exhausting.Name)]
public class BrokenStoreTests
{
    [Fact]
    public void A_store_that_takes_an_unknown_outcome_for_a_success_is_found_out() =>
        Assert.Contains("its blob", Found(store => new CommitSeam(store, async (draft, name, facts, stop) =>
        {
            try
            {
                return await draft.CommitAsync(name, facts, stop);
            }
            catch (BlobStoreException)
            {
                return CommitOutcome.Created;
            }
        })), StringComparison.Ordinal);

    [Fact]
    public void A_store_that_says_stored_before_it_is_durable_is_found_out_by_a_clean_run()
    {
        var trial = Trial.Run(
            Scenarios.TwoMessages, [], store => new CommitSeam(store, (_, _, _, _) => Task.FromResult(CommitOutcome.Created)));
        Assert.Contains("its blob", trial.Complaint, StringComparison.Ordinal);
    }

    /// <summary>Nothing in a clean run, and something in the sweep, of which the points at the store are enough here.</summary>
    static string Found(Func<IBlobStore, IBlobStore> seam)
    {
        var scenario = Scenarios.All.Single(one => one.Store == StoreKind.Folder && one.Name.StartsWith("Two", StringComparison.Ordinal));
        var clean = Trial.Run(scenario, [], seam);
        Assert.Null(clean.Complaint);
        return string.Join('\n', clean.Effects.Take(clean.Acted).Where(effect => effect.Kind == EffectKind.PutBlob)
            .SelectMany(effect => Blow.At(effect.Number, effect.Kind))
            .Select(blow => Trial.Run(scenario, [blow], seam).Complaint));
    }
}
