using System.Security.Cryptography;
using Azure.Storage.Blobs;
using MailIngest.Blobs;
using MailIngest.Messages;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>The container passes the contract against a real Azurite, and settles what a network can do to a commit.</summary>
[Trait("Needs", "Azurite")]
public sealed class AzureBlobStoreTests(AzuriteFixture azurite) : BlobStoreContract, IAsyncLifetime
{
    readonly FaultyTransport _wire = new();
    AzureContainer _settings = new();
    AzureBlobStore? _store;

    protected override IBlobStore Store => _store!;

    protected override int BlockOctets => AzureDraft.OneRequestOctets;

    public async ValueTask InitializeAsync()
    {
        _settings = await azurite.NewContainerAsync();
        _store = Open(_settings);
    }

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    protected override async Task<IReadOnlyList<string>> VisibleAsync() =>
        await Container.GetBlobsAsync(cancellationToken: Stop).Select(blob => blob.Name).ToListAsync(Stop);

    BlobContainerClient Container => new(_settings.ConnectionString, _settings.Container);

    [Theory]
    [InlineData(10, "Put Blob")]
    [InlineData(AzureDraft.OneRequestOctets, "Put Blob")]
    [InlineData(AzureDraft.OneRequestOctets + 1, "Put Block,Put Block,Put Block,Put Block List")]
    public async Task Up_to_4_MiB_take_one_request_and_the_publishing_one_creates_only(int octets, string requests)
    {
        await Store.CommitAsync(TestBlobs.Name("wire"), TestBlobs.Content(octets), Stop);

        Assert.Equal(requests, string.Join(',', _wire.Requests.Select(request => request.Kind)));
        Assert.Equal("*", _wire.Requests.Single(request => request.Publishes).IfNoneMatch);
        Assert.All(_wire.Requests.Where(request => request.Kind != "Put Block List"), request => Assert.NotNull(request.ContentMd5));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(AzureDraft.OneRequestOctets + 1)]
    public async Task A_blob_carries_its_identity_its_type_and_its_checksums(int octets)
    {
        var content = TestBlobs.Content(octets);
        var header = new HeaderFacts(new string('a', 64), null);
        var name = BlobName.For("b\u00FCro", " \u00FF\r\nx", header, 3);
        await using var draft = Store.Begin(() => name, octets);
        await draft.WriteAsync(content, Stop);
        await draft.CommitAsync(name, TestBlobs.Facts(content) with { Metadata = BlobMetadata.For("b\u00FCro", " \u00FF\r\nx", header, 3) }, Stop);

        var there = (await Container.GetBlobClient(name.Path).GetPropertiesAsync(cancellationToken: Stop)).Value;

        Assert.Equal("message/rfc822", there.ContentType);
        Assert.Equal("attachment", there.ContentDisposition);
        Assert.Equal(Md5(content), there.ContentHash);
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["headersha256"] = header.Fingerprint, ["mailbox"] = "b%C3%BCro", ["ordinal"] = "3",
                ["sha256"] = TestBlobs.Sha256(content), ["uniqueid"] = "%20%FF%0D%0Ax",
            },
            new SortedDictionary<string, string>(there.Metadata));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(AzureDraft.OneRequestOctets + 1)]
    public async Task A_commit_whose_answer_was_lost_is_found_by_looking_and_not_sent_again(int octets)
    {
        var (name, content) = (TestBlobs.Name("lost"), TestBlobs.Content(octets));
        _wire.After = request => request.Publishes ? new IOException("connection reset") : null;

        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop));

        Assert.Single(_wire.Requests, request => request.Publishes);
        Assert.Equal(content, await ReadAsync(name));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(AzureDraft.OneRequestOctets + 1)]
    public async Task A_commit_that_never_arrived_is_a_transient_failure_and_sent_once(int octets)
    {
        _wire.Before = request => request.Publishes ? FaultyTransport.NoConnection : null;

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("never"), TestBlobs.Content(octets), Stop));

        Assert.True(failure.IsTransient);
        Assert.Single(_wire.Requests, request => request.Publishes);
        Assert.Empty(await VisibleAsync());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(412)]
    public async Task An_answer_that_proves_nothing_is_settled_by_looking(int status)
    {
        var (name, content) = (TestBlobs.Name("unclear"), TestBlobs.Content(10));
        await Open(_settings, new FaultyTransport()).CommitAsync(name, content, Stop);
        _wire.Instead = request => request.Publishes ? new CannedAnswer(status, null) : null;

        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop));
        Assert.Equal(CommitOutcome.Taken, await Store.CommitAsync(name, TestBlobs.Content(11), Stop));
        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("absent"), content, Stop));

        Assert.True(failure.IsTransient);
        Assert.Equal(3, _wire.Requests.Count(request => request.Publishes));
    }

    [Theory]
    [InlineData(403, "UnauthorizedBlobOverwrite")]
    [InlineData(403, "AuthorizationPermissionMismatch")]
    [InlineData(409, "BlobImmutableDueToPolicy")]
    [InlineData(409, "LeaseIdMissing")]
    public async Task A_refusal_for_the_sake_of_the_blob_that_is_there_is_settled_by_looking(int status, string code)
    {
        var (name, content) = (TestBlobs.Name("refused"), TestBlobs.Content(10));
        await Open(_settings, new FaultyTransport()).CommitAsync(name, content, Stop);
        _wire.Instead = request => request.Publishes ? new CannedAnswer(status, code) : null;

        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop));
        Assert.Equal(CommitOutcome.Taken, await Store.CommitAsync(name, TestBlobs.Content(11), Stop));
        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(TestBlobs.Name("absent"), content, Stop));

        Assert.Contains(code, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_refusal_stands_when_looking_is_refused_too()
    {
        var (name, content) = (TestBlobs.Name("blind"), TestBlobs.Content(10));
        await Open(_settings, new FaultyTransport()).CommitAsync(name, content, Stop);
        _wire.Instead = request => request.Publishes ? new CannedAnswer(403, "UnauthorizedBlobOverwrite") : new CannedAnswer(403, "AuthorizationPermissionMismatch");

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(name, content, Stop));

        Assert.Contains("writing blob", failure.Message, StringComparison.Ordinal);
        Assert.Contains("UnauthorizedBlobOverwrite", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _wire.Requests.Count(request => request.Kind == "HEAD"));
    }

    [Fact]
    public async Task What_a_container_holds_that_is_being_deleted_is_not_stored()
    {
        var (name, content) = (TestBlobs.Name("doomed"), TestBlobs.Content(10));
        await Open(_settings, new FaultyTransport()).CommitAsync(name, content, Stop);
        _wire.Instead = request => request.Publishes ? new CannedAnswer(409, "ContainerBeingDeleted") : null;

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => Store.CommitAsync(name, content, Stop));

        Assert.Contains("ContainerBeingDeleted", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_answer_to_a_block_is_repeated()
    {
        var (name, content) = (TestBlobs.Name("block"), TestBlobs.Content((2 * AzureBlocks.MostOctets) + 7));
        var lost = 0;
        _wire.After = request => request.Kind == "Put Block" && Interlocked.Increment(ref lost) == 1 ? new IOException("connection reset") : null;

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, content, Stop));

        Assert.Equal(4, _wire.Requests.Count(request => request.Kind == "Put Block"));
        Assert.Equal(content, await ReadAsync(name));
    }

    /// <summary>The first attempt's commit may have happened although nobody heard of it: then not an octet is sent again.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData((2 * AzureDraft.OneRequestOctets) + 1)]
    public async Task What_is_there_as_it_may_be_is_looked_at_and_not_sent_again(int octets)
    {
        var (name, content) = (TestBlobs.Name("there"), TestBlobs.Content(octets));
        await Store.CommitAsync(name, content, Stop);
        var sent = _wire.Requests.Count;

        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop, mayBeThere: true));

        Assert.Equal(["HEAD"], _wire.Requests.Skip(sent).Select(request => request.Kind));
    }

    [Fact]
    public async Task Where_looking_is_not_allowed_the_commit_itself_finds_out()
    {
        var (name, content) = (TestBlobs.Name("write-only"), TestBlobs.Content(10));
        _wire.Instead = request => request.Kind == "HEAD" ? new CannedAnswer(403, "AuthorizationPermissionMismatch") : null;

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, content, Stop, mayBeThere: true));
    }

    [Fact]
    public async Task Blocks_that_were_staged_fix_the_name()
    {
        var name = TestBlobs.Name("fixed");
        var content = TestBlobs.Content(AzureDraft.OneRequestOctets + 1);
        await using var draft = Store.Begin(() => name, content.Length);
        await draft.WriteAsync(content, Stop);

        Assert.True(draft.NameIsFixed);
        await Assert.ThrowsAsync<ArgumentException>(() => draft.CommitAsync(TestBlobs.Name("other"), TestBlobs.Facts(content), Stop));
        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(name, TestBlobs.Facts(content), Stop));
    }

    [Fact]
    public async Task A_message_that_was_listed_as_empty_is_sent_in_small_blocks()
    {
        var (name, content) = (TestBlobs.Name("listed-as-empty"), TestBlobs.Content(AzureDraft.OneRequestOctets));
        await using var draft = Store.Begin(() => name, 0);
        await draft.WriteAsync(content, Stop);

        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(name, TestBlobs.Facts(content), Stop));
        Assert.Equal(AzureDraft.OneRequestOctets / IBlobDraft.HeadOctets, _wire.Requests.Count(request => request.Kind == "Put Block"));
        Assert.Equal(content, await ReadAsync(name));
    }

    [Fact]
    public async Task Two_writers_of_one_name_never_mix_their_blocks()
    {
        var name = TestBlobs.Name("mix");
        var (mine, theirs) = (TestBlobs.Content(AzureDraft.OneRequestOctets + 5), TestBlobs.Content(AzureDraft.OneRequestOctets + 9));
        await using var first = Store.Begin(() => name, 0);
        await using var second = Store.Begin(() => name, 0);
        await first.WriteAsync(mine, Stop);
        await second.WriteAsync(theirs, Stop);

        Assert.Equal(CommitOutcome.Created, await first.CommitAsync(name, TestBlobs.Facts(mine), Stop));
        Assert.Equal(CommitOutcome.Taken, await second.CommitAsync(name, TestBlobs.Facts(theirs), Stop));
        Assert.Equal(mine, await ReadAsync(name));
    }

    [Fact]
    public async Task A_blob_that_somebody_else_wrote_is_hashed()
    {
        var (name, content) = (TestBlobs.Name("foreign"), TestBlobs.Content(1000));
        await Container.GetBlobClient(name.Path).UploadAsync(new BinaryData(content), Stop);

        Assert.Equal(TestBlobs.Sha256(content), (await Store.FindAsync(name, Stop))!.Sha256);
        var listed = Assert.Single(await Store.ListAsync("office", Stop).ToListAsync(Stop));
        Assert.Equal((name, 1000L, null), (listed.Name, listed.Octets, listed.Sha256));
        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(AzureDraft.OneRequestOctets + 1)]
    public async Task A_missing_container_is_one_clear_sentence(int octets)
    {
        var store = Open(_settings with { Container = "nobody-made-this" });

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(octets), Stop));
        var probe = await Assert.ThrowsAsync<BlobStoreException>(() => store.ProbeAsync(Stop));
        var find = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.FindAsync(TestBlobs.Name("x"), Stop));

        Assert.All([failure, probe, find], e =>
        {
            Assert.StartsWith("Container nobody-made-this at http://127.0.0.1", e.Message, StringComparison.Ordinal);
            Assert.EndsWith("create the container, or correct its name in the settings.", e.Message, StringComparison.Ordinal);
            Assert.False(e.IsTransient);
        });
    }

    [Fact]
    public async Task A_wrong_key_is_refused_without_being_named()
    {
        var wrong = Convert.ToBase64String(new byte[64]);
        var store = Open(_settings with { ConnectionString = SwapKey(_settings.ConnectionString!, wrong) });

        var failure = await Assert.ThrowsAsync<BlobStoreException>(() => store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), Stop));

        Assert.Contains("403 AuthorizationFailure", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, failure.ToString(), StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_SAS_address_of_the_container_is_enough()
    {
        var sas = Container.GenerateSasUri(Azure.Storage.Sas.BlobContainerSasPermissions.All, DateTimeOffset.MaxValue.AddYears(-1));
        var settings = new AzureContainer { SasUri = sas };
        var (name, content) = (TestBlobs.Name("sas"), TestBlobs.Content(50));
        var store = Open(settings);

        Assert.Equal(CommitOutcome.Created, await store.CommitAsync(name, content, Stop));
        Assert.Equal(content, await ReadAsync(name));
        Assert.DoesNotContain("sig", $"{settings} {store.Place}", StringComparison.Ordinal);
    }

    static byte[] Md5(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    AzureBlobStore Open(AzureContainer settings) => Open(settings, _wire);

    static AzureBlobStore Open(AzureContainer settings, FaultyTransport wire) => AzureBlobStore.Open(settings, options => options.Transport = wire);

    static string SwapKey(string connectionString, string key) =>
        string.Join(';', connectionString.Split(';').Select(part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? $"AccountKey={key}" : part));
}
