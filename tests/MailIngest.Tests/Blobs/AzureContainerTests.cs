using System.Text;
using Azure.Core;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>Settings are judged in sentences, and neither they nor the store show a secret.</summary>
public sealed class AzureContainerTests
{
    const string Key = "c2VjcmV0LWtleQ==";

    static readonly AzureContainer s_connection = new()
    {
        ConnectionString = $"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={Key};EndpointSuffix=core.windows.net", Container = "mail",
    };

    static readonly AzureContainer s_account = new() { AccountUri = new Uri("https://acme.blob.core.windows.net"), Container = "mail" };

    static readonly AzureContainer s_sas = new() { SasUri = new Uri("https://acme.blob.core.windows.net/mail?sv=2024-01-01&sig=TOPSECRET") };

    [Fact]
    public void Each_way_to_sign_in_is_accepted_alone() =>
        Assert.All([s_connection, s_account, s_sas], settings => Assert.Empty(settings.Problems()));

    [Fact]
    public void All_three_lead_to_the_same_container() =>
        Assert.All([s_connection, s_account, s_sas], settings =>
            Assert.Equal("container mail at https://acme.blob.core.windows.net", AzureBlobStore.Open(settings).Place));

    [Fact]
    public void No_secret_is_in_the_text_of_settings_or_store() =>
        Assert.All([s_connection, s_account, s_sas], settings =>
        {
            var text = $"{settings} {AzureBlobStore.Open(settings).Place}";
            Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
            Assert.DoesNotContain("TOPSECRET", text, StringComparison.Ordinal);
        });

    [Fact]
    public void Every_problem_is_named_at_once_and_without_the_secret()
    {
        var settings = new AzureContainer
        {
            ConnectionString = $"AccountKey={Key}", SasUri = new Uri("https://acme.example/?sv=TOPSECRET"), AccountUri = new Uri("ftp://acme"),
            Container = "No_Such--Name",
        };

        var problems = settings.Problems();

        Assert.Equal(5, problems.Count);
        Assert.DoesNotContain(Key, string.Join(' ', problems), StringComparison.Ordinal);
        Assert.DoesNotContain("TOPSECRET", string.Join(' ', problems), StringComparison.Ordinal);
        Assert.Throws<BlobStoreException>(() => AzureBlobStore.Open(settings));
    }

    [Fact]
    public void Nothing_at_all_says_what_to_set() =>
        Assert.Equal(
            ["No way to sign in to Azure is given: set exactly one of connectionString, accountUri, sasUri.", "No container is named: set container."],
            new AzureContainer().Problems());

    [Theory]
    [InlineData("ftp://acme.example/mail?sig=x")]
    [InlineData("mail?sig=x")]
    public void A_SAS_address_that_is_none_of_the_web_is_told_so_and_names_no_container(string address) =>
        Assert.Equal(
            ["sasUri must be an http(s) address that carries a signature (sig=…): copy the whole \"Blob SAS URL\".",
                "No container is named: set container."],
            new AzureContainer { SasUri = new Uri(address, UriKind.RelativeOrAbsolute) }.Problems());

    [Fact]
    public void A_SAS_address_of_the_account_needs_a_container_beside_it()
    {
        var settings = new AzureContainer { SasUri = new Uri("https://acme.blob.core.windows.net/?sv=2024-01-01&sig=x") };
        Assert.Equal(["No container is named: set container."], settings.Problems());
        Assert.Empty((settings with { Container = "mail" }).Problems());
    }

    [Theory]
    [InlineData("$root", true)]
    [InlineData("abc", true)]
    [InlineData("a-1", true)]
    [InlineData("ab", false)]
    [InlineData("-ab", false)]
    [InlineData("ab-", false)]
    [InlineData("a--b", false)]
    [InlineData("Abc", false)]
    [InlineData("$logs", false)]
    public void A_containers_name_follows_the_rules_of_the_service(string name, bool good) =>
        Assert.Equal(good, (s_account with { Container = name }).Problems().Count == 0);

    [Fact]
    public async Task An_account_address_signs_in_with_the_credential()
    {
        var wire = new FaultyTransport { Instead = _ => new CannedAnswer(201, null) };
        var store = AzureBlobStore.Open(s_account, options => options.Transport = wire, new KnownCredential());

        Assert.Equal(CommitOutcome.Created, await store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), TestContext.Current.CancellationToken));

        var request = Assert.Single(wire.Requests);
        Assert.Equal("Bearer token-of-the-test", request.Authorization);
        Assert.Equal("https://acme.blob.core.windows.net/mail/office/2024/01/02/x.eml", request.Address.ToString());
    }

    [Fact]
    public async Task A_listing_that_tells_neither_hash_nor_time_is_taken_as_it_is()
    {
        const string Answer = """
            <?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://acme.blob.core.windows.net/" ContainerName="mail">
            <Blobs><Blob><Name>office/a.eml</Name><Properties><Content-Length>5</Content-Length></Properties></Blob></Blobs><NextMarker />
            </EnumerationResults>
            """;
        var content = Encoding.UTF8.GetBytes(Answer);
        var wire = new FaultyTransport { Instead = _ => new CannedAnswer(200, null) { ContentStream = new MemoryStream(content) } };
        var store = AzureBlobStore.Open(s_account, options => options.Transport = wire, new KnownCredential());

        var listed = await store.ListAsync("office", TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([new ListedBlob(new BlobName("office/a.eml"), 5, null, default)], listed);
    }

    [Fact]
    public async Task An_unreachable_endpoint_is_one_clear_transient_sentence()
    {
        var wire = new FaultyTransport { Before = _ => FaultyTransport.NoConnection };
        var store = AzureBlobStore.Open(s_connection, options => (options.Transport, options.RetryPolicy) = (wire, new NoRetry()));

        var failure = await Assert.ThrowsAsync<BlobStoreException>(
            () => store.CommitAsync(TestBlobs.Name("x"), TestBlobs.Content(5), TestContext.Current.CancellationToken));

        Assert.True(failure.IsTransient);
        Assert.Contains("the endpoint cannot be reached", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, failure.ToString(), StringComparison.Ordinal);
    }

    sealed class NoRetry() : Azure.Core.Pipeline.RetryPolicy(maxRetries: 0);

    sealed class KnownCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext context, CancellationToken stop) => new("token-of-the-test", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext context, CancellationToken stop) => ValueTask.FromResult(GetToken(context, stop));
    }
}
