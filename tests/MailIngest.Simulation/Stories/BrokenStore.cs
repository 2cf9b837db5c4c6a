using MailIngest.Blobs;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Stories;

/// <summary>A store that is broken on purpose, to see whether the simulation notices.</summary>
/// <param name="store">The real one.</param>
/// <param name="forgets">It says that a blob was created, and has not stored it, now and then.</param>
/// <param name="renames">It gives blobs names of its own, by chance.</param>
/// <param name="dice">The chance.</param>
sealed class BrokenStore(IBlobStore store, bool forgets, bool renames, Dice dice) : IBlobStore
{
    public string Place => store.Place;

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
           
        new Draft(store.Begin(() => Named(name()), expectedOctets, mayBeThere), this);

    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => store.FindAsync(name, stop);

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => store.OpenReadAsync(name, stop);

    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    BlobName Named(BlobName name) => renames ? new($"{name.Path}-{dice.Below(1000)}") : name;

    sealed class Draft(IBlobDraft draft, BrokenStore broken) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop) => draft.AdvanceAsync(octets, stop);

        public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) => broken.Forgets
            ? Task.FromResult(CommitOutcome.Created)
            : draft.CommitAsync(broken.Named(name), facts, stop);

        public ValueTask DisposeAsync() => draft.DisposeAsync();
    }

    bool Forgets => forgets && dice.Chance(0.1);
}
