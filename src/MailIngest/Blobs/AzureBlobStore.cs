using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace MailIngest.Blobs;

/// <summary>A container of Azure Blob Storage: small messages in one request, large ones as blocks, create-only either way.</summary>
/// <remarks>
/// The request that publishes a blob carries <c>If-None-Match: *</c>, is sent once, and whatever is not a clear answer is settled by
/// looking at what is there (<see cref="AzureCommit"/>). The service checks an MD5 of every body. Blocks that were never committed are
/// invisible and dropped by the service after a week.
/// </remarks>
public sealed class AzureBlobStore : IBlobStore
{
    readonly BlobContainerClient _container;
    readonly MemoryBudget? _memory;

    AzureBlobStore(BlobContainerClient container, MemoryBudget? memory)
    {
        (_container, _memory) = (container, memory);
        Place = $"container {container.Name} at {container.Uri.GetLeftPart(UriPartial.Authority)}";
    }

    /// <inheritdoc/>
    public string Place { get; }

    /// <summary>Opens the store; nothing is sent yet.</summary>
    /// <exception cref="BlobStoreException">The settings have problems.</exception>
    /// <param name="memory">What it may use to send several blocks of a message at once; null: one after the other.</param>
    public static AzureBlobStore Open(AzureContainer settings, MemoryBudget? memory = null) => Open(settings, _ => { }, memory: memory);

    /// <summary>The same with a say in the client's options, for a fault injector's transport.</summary>
    internal static AzureBlobStore Open(
        AzureContainer settings, Action<BlobClientOptions> configure, TokenCredential? credential = null, MemoryBudget? memory = null)
    {
        var problems = settings.Problems();
        if (problems.Count > 0)
            throw new BlobStoreException(string.Join(' ', problems), null, isTransient: false);

        var options = new BlobClientOptions { RetryPolicy = new RepeatableOnly() };
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        configure(options);
        return new AzureBlobStore(settings.Client(options, credential), memory);
    }

    /// <inheritdoc/>
    public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
        new AzureDraft(this, name, expectedOctets, mayBeThere);

    /// <inheritdoc/>
    public async ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop)
    {
        try
        {
            var blob = Blob(name);
            // Never with conditions: emulator and service answer those differently.
            var there = (await blob.GetPropertiesAsync(conditions: null, stop)).Value;
            var sha256 = there.Metadata.TryGetValue(BlobMetadata.Sha256, out var known) ? known : await HashAsync(blob, stop);
            return new StoredBlob(name, there.ContentLength, sha256);
        }
        catch (RequestFailedException e) when (e is { Status: 404, ErrorCode: null or "BlobNotFound" or "" or "ResourceNotFound" })
        {
            return null;
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(Place, $"looking for blob {name}", e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, [EnumeratorCancellation] CancellationToken stop)
    {
        var prefix = BlobName.PrefixOf(mailboxId);
        var asked = _container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, stop);
        await using var blobs = asked.GetAsyncEnumerator(stop);
        while (await NextAsync(blobs, prefix, stop))
        {
            var (there, facts) = (blobs.Current, blobs.Current.Properties);
            yield return new(new BlobName(there.Name), facts.ContentLength ?? 0,
                there.Metadata.TryGetValue(BlobMetadata.Sha256, out var sha256) ? sha256 : null,
                facts.LastModified ?? default);
        }
    }

    async ValueTask<bool> NextAsync(IAsyncEnumerator<BlobItem> blobs, string prefix, CancellationToken stop)
    {
        try
        {
            return await blobs.MoveNextAsync();
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(Place, $"listing the blobs {prefix}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop)
    {
        try
        {
            var content = await Blob(name).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), stop);
            return new BlobContent(content, Explain);
        }
        catch (Exception e) when (Explain(e, stop) is { } failure)
        {
            throw failure;
        }

        BlobStoreException? Explain(Exception e, CancellationToken stop) =>
            AzureFault.Is(e, stop) ? AzureFault.Explain(Place, $"reading blob {name}", e) : null;
    }

    /// <inheritdoc/>
    public async Task ProbeAsync(CancellationToken stop)
    {
        var name = new BlobName($".mailingest/probe-{Guid.NewGuid():N}");
        await BlobProbe.RunAsync(this, name, stop);
        try
        {
            await Blob(name).DeleteAsync(cancellationToken: stop);
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(Place, $"removing the probe blob {name} (needed by this check only)", e);
        }
    }

    /// <summary>The client is shared by nobody and holds nothing that must be closed.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The blocks of a message that takes several requests.</summary>
    internal AzureBlocks Blocks(BlobName name, int blockOctets) => new(this, name, blockOctets, _memory);

    /// <summary>The blob's client.</summary>
    internal BlockBlobClient Blob(BlobName name) => _container.GetBlockBlobClient(name.Path);

    /// <summary>A blob that somebody else wrote carries no hash: read it.</summary>
    static async Task<string> HashAsync(BlockBlobClient blob, CancellationToken stop)
    {
        await using var content = await blob.OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), stop);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }
}
