using Azure.Storage;
using Azure.Storage.Blobs.Models;

namespace MailIngest.Blobs;

/// <summary>One message on its way into a container: up to 4 MiB it waits in memory for one Put Blob; beyond, blocks are sent as they fill.</summary>
/// <remarks>Memory: what the message was said to have, or 1 MiB; 4 MiB at most, one block that fills and one that is under way. More blocks are under
/// way at once while the budget has room for them.</remarks>
sealed class AzureDraft(AzureBlobStore store, Func<BlobName> name, long expectedOctets, bool mayBeThere) : IBlobDraft
{
    /// <summary>Octets of the largest message that takes one request.</summary>
    internal const int OneRequestOctets = 4 * 1024 * 1024;

    const int Slack = 1024; // many servers count line ends as one octet, or not the last one

    readonly int _block = (int)Math.Clamp(expectedOctets + Slack, IBlobDraft.HeadOctets, AzureBlocks.MostOctets);
    OctetBuffer? _filling = new(expectedOctets, FirstFor(expectedOctets));
    OctetBuffer? _first; // full, while nothing follows it
    AzureBlocks? _blocks;
    StoredBlob? _there;
    long _octets;
    bool _sealed;
    bool _published;

    public bool NameIsFixed => _blocks is not null;

    /// <summary>Never: what has not been sent has no other place.</summary>
    public bool Unload() => false;

    public Memory<byte> GetMemory()
    {
        if (_filling is { IsFull: true })
            (_first, _filling) = (_filling, null);
        _filling ??= new OctetBuffer(expectedOctets - _octets, _block);
        return _filling.Free();
    }

    public async ValueTask AdvanceAsync(int octets, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_sealed)
            throw new InvalidOperationException("The blob was committed: nothing can be added.");

        _filling!.Advance(octets);
        _octets += octets;
        if (_first is not null && octets > 0)
            await BeginBlocksAsync(stop);
        if (_blocks is not null && _filling.IsFull)
            await SendAsync(_blocks, _filling, stop);
    }

    public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_published)
            throw new InvalidOperationException("The blob was committed already.");
        if (facts.Octets != _octets)
            throw new ArgumentException($"The message has {facts.Octets} octets, {_octets} were written.", nameof(facts));
        if (_blocks is not null && name != _blocks.Name)
            throw new ArgumentException($"The blocks were staged for {_blocks.Name}: it cannot become {name}.", nameof(name));

        _sealed = true;
        if (mayBeThere && _blocks is null)
            _there = await LookAsync(name, stop);
        var outcome = _there is not null ? AzureCommit.Compare(_there, facts)
            : _blocks is null ? await PutAsync(name, facts, stop)
            : await PutBlocksAsync(_blocks, facts, stop);
        _published = outcome == CommitOutcome.Created;
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        if (_blocks is not null)
            await _blocks.DisposeAsync();
        _first?.Dispose();
        _filling?.Dispose();
    }

    static int FirstFor(long expectedOctets) => expectedOctets > OneRequestOctets
        ? AzureBlocks.MostOctets
        : (int)Math.Clamp(expectedOctets + Slack, IBlobDraft.HeadOctets, OneRequestOctets);

    Task<CommitOutcome> PutAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        var blob = store.Blob(name);
        var options = new BlobUploadOptions
        {
            Conditions = AzureCommit.OnlyNew,
            HttpHeaders = AzureCommit.Headers(md5: null), // the service keeps the MD5 that it checks
            Metadata = AzureCommit.Metadata(facts),
            TransferOptions = new StorageTransferOptions { InitialTransferSize = OneRequestOctets + 1 }, // what is shorter than that is one request
            TransferValidation = AzureCommit.Md5Checked,
        };
        return AzureCommit.RunAsync(store, name, facts, async () =>
        {
            await using var content = (_first ?? _filling!).AsStream();
            await blob.UploadAsync(content, options, stop);
        }, stop);
    }

    Task<CommitOutcome> PutBlocksAsync(AzureBlocks blocks, BlobFacts facts, CancellationToken stop)
    {
        if (_filling is { Length: > 0 })
            Send(blocks, _filling);
        return blocks.CommitAsync(facts, stop);
    }

    /// <summary>More follows the first block: the message takes several, under the name that it has now.</summary>
    async ValueTask BeginBlocksAsync(CancellationToken stop)
    {
        var fixedName = name();
        if (mayBeThere)
            _there = await LookAsync(fixedName, stop);
        _blocks = store.Blocks(fixedName, _block);
        if (_there is null)
            _blocks.Send(_first!);
        else
            _first!.Dispose();
        _first = null;
    }

    async ValueTask SendAsync(AzureBlocks blocks, OctetBuffer block, CancellationToken stop)
    {
        if (_there is not null)
        {
            block.Clear(); // something has the name: whether it is this message is known at its end, and nothing needs to be sent for that
            return;
        }
        Send(blocks, block);
        _filling = await blocks.NextAsync(expectedOctets - _octets, stop);
    }

    void Send(AzureBlocks blocks, OctetBuffer block)
    {
        _filling = null;
        blocks.Send(block);
    }

    /// <summary>What has the name. A store that does not let us look decides at the commit, as it does for what was never tried.</summary>
    async ValueTask<StoredBlob?> LookAsync(BlobName name, CancellationToken stop)
    {
        try
        {
            return await store.FindAsync(name, stop);
        }
        catch (BlobStoreException refused) when (!refused.IsTransient)
        {
            return null;
        }
    }
}
