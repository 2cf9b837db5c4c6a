using System.Runtime.Versioning;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>The probe finds the stores that no mail can be trusted to.</summary>
[SupportedOSPlatform("linux")]
public sealed class BlobProbeTests : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("mailingest-probe-").FullName;
    readonly FileBlobStore _honest;

    public BlobProbeTests() => _honest = FileBlobStore.Open(_root, TimeProvider.System);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _honest.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public Task An_honest_store_passes() => ProbeAsync(new LyingStore(_honest));

    [Theory]
    [InlineData(CommitOutcome.AlreadyThere, CommitOutcome.Created, "writing a probe blob ended as Created where AlreadyThere is right")]
    [InlineData(CommitOutcome.Taken, CommitOutcome.Created, "writing a probe blob ended as Created where Taken is right")]
    [InlineData(CommitOutcome.Taken, CommitOutcome.AlreadyThere, "writing a probe blob ended as AlreadyThere where Taken is right")]
    [InlineData(CommitOutcome.Created, CommitOutcome.AlreadyThere, "writing a probe blob ended as AlreadyThere where Created is right")]
    public async Task A_store_that_answers_wrongly_is_refused(CommitOutcome truth, CommitOutcome said, string told)
    {
        var failure = await Assert.ThrowsAsync<BlobStoreException>(
            () => ProbeAsync(new LyingStore(_honest) { Says = outcome => outcome == truth ? said : outcome }));
        Assert.Equal($"Folder {_root}: {told}; no mail can be trusted to it, use another store.", failure.Message);
        Assert.False(failure.IsTransient);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A probe: MailIngest can write here.\n")]
    [InlineData("A probe: MailIngest can write here.\r\n\r\n")]
    public async Task A_store_that_reads_back_other_octets_is_refused(string octets)
    {
        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => ProbeAsync(new LyingStore(_honest) { Reads = octets }));
        Assert.Contains("the probe blob read back differs from what was written", failure.Message, StringComparison.Ordinal);
    }

    static Task ProbeAsync(IBlobStore store) => BlobProbe.RunAsync(store, new BlobName("probe"), Stop);

    sealed class LyingStore(IBlobStore inner) : IBlobStore
    {
        public Func<CommitOutcome, CommitOutcome> Says { get; init; } = outcome => outcome;

        public string? Reads { get; init; }

        public string Place => inner.Place;

        public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
            new Draft(this, inner.Begin(name, expectedOctets, mayBeThere));

        public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => inner.FindAsync(name, stop);

        public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => inner.ListAsync(mailboxId, stop);

        public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) =>
            Reads is null ? inner.OpenReadAsync(name, stop) : new(new MemoryStream([.. Reads.Select(character => (byte)character)]));

        public Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        sealed class Draft(LyingStore store, IBlobDraft inner) : IBlobDraft
        {
            public bool NameIsFixed => inner.NameIsFixed;

            public bool Unload() => inner.Unload();

            public Memory<byte> GetMemory() => inner.GetMemory();

            public ValueTask AdvanceAsync(int octets, CancellationToken stop) => inner.AdvanceAsync(octets, stop);

            public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) =>
                store.Says(await inner.CommitAsync(name, facts, stop));

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
