using MailIngest.Blobs;

namespace MailIngest.Simulation.Store;

/// <summary>
/// A worker's store: the real one, each call of which is one step of the simulation, with time that passes before and after it. What
/// hangs, hangs in the simulation's time.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="worker">Whose store it is.</param>
/// <param name="store">The real one.</param>
/// <param name="reaches">Whether its calls are effects here; else they are at the requests that it makes.</param>
sealed class SimulatedStore(World world, SimulatedWorker worker, IBlobStore store, bool reaches) : IBlobStore
{
    static readonly TimeSpan NoAnswer = TimeSpan.FromMinutes(5);

    public string Place => store.Place;

    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new Draft(this, store.Begin(name, expectedOctets, mayBeThere));

    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) =>
        CallAsync(EffectKind.Head, name.Path, () => store.FindAsync(name, stop), stop);

    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) =>
        CallAsync(EffectKind.Head, name.Path, () => ReadAsync(name, stop), stop);

    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>In one step: a stream that is read bit by bit would read on other threads.</summary>
    async ValueTask<Stream> ReadAsync(BlobName name, CancellationToken stop)
    {
        await using var content = await store.OpenReadAsync(name, stop);
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, stop);
        copy.Position = 0;
        return copy;
    }

    async ValueTask<T> CallAsync<T>(EffectKind kind, string what, Func<ValueTask<T>> call, CancellationToken stop)
    {
        world.Pump.Check("the store");
        if (worker.IsDead)
            await World.Never;
        await LatencyAsync(stop);
        var strike = reaches ? world.Reach(worker, kind, $"{kind} {what}") : Strike.None;
        var result = default(T)!;
        try
        {
            if (strike is Strike.Before or Strike.Half)
                throw Failed("an error of the disk");
            if (strike is Strike.Hang or Strike.Kill)
                throw new HungException();
            result = world.Pump.Outside(call, hops: reaches);
            if (strike is Strike.After)
                throw Failed("an error of the disk, afterwards");
            if (strike is Strike.HangAfter)
                throw new HungException();
        }
        catch (Exception hung) when (HungException.Is(hung))
        {
            if (worker.IsDead)
                await World.Never;
            await Task.Delay(NoAnswer, worker.Actor.Clock, stop);
            throw Failed("no answer in time");
        }
        if (worker.IsDead)
            await World.Never;
        await LatencyAsync(stop);
        return result;
    }

    Task LatencyAsync(CancellationToken stop) => world.Options.StoreLatency > TimeSpan.Zero
        ? Task.Delay(worker.Dice.Between(TimeSpan.Zero, world.Options.StoreLatency), worker.Actor.Clock, stop)
        : Task.CompletedTask;

    BlobStoreException Failed(string how) => new($"{Place}: {how}.", null, isTransient: true);

    sealed class Draft(SimulatedStore store, IBlobDraft draft) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public bool Unload() => draft.Unload();

        public Memory<byte> GetMemory() => draft.GetMemory();

        public ValueTask AdvanceAsync(int octets, CancellationToken stop)
        {
            var advanced = store.AdvanceAsync(draft, octets, stop);
            return advanced ? ValueTask.CompletedTask : new(World.Never);
        }

        public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) => store.CallAsync(
            EffectKind.PutBlob, name.Path, () => new ValueTask<CommitOutcome>(draft.CommitAsync(name, facts, stop)), stop).AsTask();

        public ValueTask DisposeAsync()
        {
            store.Outside(async () =>
            {
                await draft.DisposeAsync();
                return true;
            });
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Parts of a large message may be sent here. False: the worker is dead.</summary>
    bool AdvanceAsync(IBlobDraft draft, int octets, CancellationToken stop)
    {
        try
        {
            Outside(async () =>
            {
                await draft.AdvanceAsync(octets, stop);
                return true;
            });
        }
        catch (Exception hung) when (HungException.Is(hung) && !worker.IsDead)
        {
            throw Failed("no answer in time");
        }
        catch (Exception hung) when (HungException.Is(hung))
        {
        }
        return !worker.IsDead;
    }

    void Outside(Func<ValueTask<bool>> work) => world.Pump.Outside(work, hops: reaches);
}
