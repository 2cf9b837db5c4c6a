using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MailIngest.Telemetry;

namespace MailIngest.Blobs;

/// <summary>A store whose every answer is counted, timed, and told to whoever decides whether the store is worth a try.</summary>
/// <param name="store">The store.</param>
/// <param name="clock">Times the requests.</param>
/// <param name="answered">Told of each answer: null when the store did what it was asked. Must not throw.</param>
/// <param name="problem">Says why the store is left alone now, or null; asked without waiting.</param>
public sealed class GuardedBlobStore(
    IBlobStore store, TimeProvider clock, Action<BlobStoreException?> answered, Func<string?> problem) : IBlobStore
{
    static readonly BlobName ProbeName = new(".mailingest/probe");

    /// <inheritdoc/>
    public string Place => store.Place;

    /// <summary>Why the store cannot be used now, or null.</summary>
    public string? Problem => problem();

    /// <inheritdoc/>
    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new Draft(this, store.Begin(name, expectedOctets, mayBeThere));

    /// <inheritdoc/>
    public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) =>
        WatchAsync("find", store.FindAsync(name, stop), clock.GetTimestamp());

    /// <inheritdoc/>
    public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => store.ListAsync(mailboxId, stop);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) =>
        WatchAsync("read", store.OpenReadAsync(name, stop), clock.GetTimestamp());

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken stop) => store.ProbeAsync(stop);

    /// <summary>Whether something can be stored: commits the same few octets under the same name each time, which all permissions that
    /// delivery needs suffice for, and which leaves one small blob. Told to nobody.</summary>
    /// <exception cref="BlobStoreException">Nothing can be stored.</exception>
    public async Task TryOutAsync(CancellationToken stop)
    {
        var content = "MailIngest writes this to find out whether the store is back.\r\n"u8.ToArray();
        await using var draft = store.Begin(() => ProbeName, content.Length);
        content.CopyTo(draft.GetMemory());
        await draft.AdvanceAsync(content.Length, stop);
        var begun = clock.GetTimestamp();
        try
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
            await draft.CommitAsync(ProbeName, new(content.Length, sha256, BlobMetadata.None), stop);
            Count("probe", "ok", begun);
        }
        catch (BlobStoreException failure)
        {
            Count("probe", Result(failure), begun);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    async ValueTask<T> WatchAsync<T>(string op, ValueTask<T> request, long begun)
    {
        try
        {
            var answer = await request;
            answered(null);
            Count(op, "ok", begun);
            return answer;
        }
        catch (BlobStoreException failure)
        {
            answered(failure);
            Count(op, Result(failure), begun);
            throw;
        }
    }

    void Count(string op, string result, long begun)
    {
        Instruments.StoreRequests.Add(1, new("op", op), new("result", result));
        Instruments.StoreRequestDuration.Record(clock.GetElapsedTime(begun).TotalSeconds, new KeyValuePair<string, object?>("op", op));
    }

    void Told(BlobStoreException failure) => answered(failure);

    long Timestamp => clock.GetTimestamp();

    static string Result(BlobStoreException failure) => failure.IsTransient ? "transient" : "error";

    sealed class Draft(GuardedBlobStore guard, IBlobDraft draft) : IBlobDraft
    {
        public bool NameIsFixed => draft.NameIsFixed;

        public Memory<byte> GetMemory() => draft.GetMemory();

        /// <summary>Runs once for each piece of a message: nothing is allocated, and only a failure is worth telling.</summary>
        public ValueTask AdvanceAsync(int octets, CancellationToken stop)
        {
            try
            {
                var advanced = draft.AdvanceAsync(octets, stop);
                return advanced.IsCompletedSuccessfully ? advanced : WaitAsync(advanced);
            }
            catch (BlobStoreException failure)
            {
                guard.Told(failure);
                throw;
            }
        }

        public bool Unload()
        {
            try
            {
                return draft.Unload();
            }
            catch (BlobStoreException failure)
            {
                guard.Told(failure);
                throw;
            }
        }

        public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
        {
            var outcome = await guard.WatchAsync(
                "commit", new ValueTask<CommitOutcome>(draft.CommitAsync(name, facts, stop)), guard.Timestamp);
            if (outcome == CommitOutcome.AlreadyThere)
                Instruments.StoreRecovered.Add(1, new KeyValuePair<string, object?>("how", "eexist"));
            return outcome;
        }

        public ValueTask DisposeAsync() => draft.DisposeAsync();

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        async ValueTask WaitAsync(ValueTask advanced)
        {
            try
            {
                await advanced;
            }
            catch (BlobStoreException failure)
            {
                guard.Told(failure);
                throw;
            }
        }
    }
}
