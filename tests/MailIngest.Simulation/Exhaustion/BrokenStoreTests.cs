using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>The sweep notices: stores that are broken on purpose and that no clean run betrays are found out by it.</summary>
[Collection(Exhausting.Name)]
public class BrokenStoreTests
{
    [Fact]
    public void A_store_that_takes_an_unknown_outcome_for_a_success_is_found_out() =>
        Assert.Contains("its blob", Found(store => new BrokenStore(store, async (draft, name, facts, stop) =>
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
        var trial = Trial.Run(Scenarios.TwoMessages, [], store => new BrokenStore(store, (_, _, _, _) => Task.FromResult(CommitOutcome.Created)));
        Assert.Contains("its blob", trial.Complaint, StringComparison.Ordinal);
    }

    /// <summary>Nothing in a clean run, and something in the sweep, of which the points at the store are enough here.</summary>
    static string Found(Func<IBlobStore, IBlobStore> seam)
    {
        var scenario = Scenarios.All.Single(one => one.Store == StoreKind.Folder && one.Name.StartsWith("Two", StringComparison.Ordinal));
        var clean = Trial.Run(scenario, [], seam);
        Assert.Null(clean.Complaint);
        return string.Join('\n', clean.Effects.Take(clean.Acted).Where(effect => effect.Kind == EffectKind.PutBlob).SelectMany(effect => Blow.At(effect.Number, effect.Kind))
            .Select(blow => Trial.Run(scenario, [blow], seam).Complaint));
    }

    delegate Task<CommitOutcome> Commit(IBlobDraft draft, BlobName name, BlobFacts facts, CancellationToken stop);

    sealed class BrokenStore(IBlobStore store, Commit commit) : IBlobStore
    {
        public string Place => store.Place;

        public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
            new BrokenDraft(store.Begin(name, expectedOctets, mayBeThere), commit);

        public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => store.FindAsync(name, stop);

        public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

        public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

        public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }

    sealed class BrokenDraft(IBlobDraft draft, Commit commit) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) => draft.AdvanceAsync(octets, stop);

        public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) => commit(draft, name, facts, stop);

        public ValueTask DisposeAsync() => draft.DisposeAsync();
    }
}
