using System.Security.Cryptography;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace MailIngest.Blobs;

/// <summary>One message on its way into a container: up to a block it waits in memory for one Put Blob; beyond, full blocks are staged as they come.</summary>
/// <remarks>Memory: one block that fills and one that is under way; each takes no more than the message was said to have, or 1 MiB. Block ids begin with a random prefix, because two writers of one name share the
/// list of uncommitted blocks and must never mix.</remarks>
sealed class AzureDraft(AzureBlobStore store, Func<BlobName> name, long expectedOctets, bool mayBeThere) : IBlobDraft
{
    /// <summary>Octets of a block at most, and of the largest message that takes one request.</summary>
    internal const int BlockOctets = 4 * 1024 * 1024;

    const int Slack = 1024; // many servers count line ends as one octet, or not the last one

    readonly int _block = BlockFor(expectedOctets);
    readonly Guid _attempt = Guid.NewGuid();
    readonly List<string> _blocks = [];
    readonly CancellationTokenSource _abandoned = new();
    OctetBuffer _filling = new(expectedOctets, BlockFor(expectedOctets));
    OctetBuffer? _full;
    OctetBuffer? _underWay;
    Task _staging = Task.CompletedTask;
    BlobName? _fixed;
    StoredBlob? _there;
    BlockBlobClient? _blob;
    IncrementalHash? _md5;
    long _octets;
    long _staged;
    bool _sealed;
    bool _published;

    public bool NameIsFixed => _fixed is not null;

    /// <summary>Never: what has not been sent has no other place.</summary>
    public bool Unload() => false;

    public Memory<byte> GetMemory()
    {
        if (_filling.IsFull && _full is null)
            (_full, _filling) = (_filling, new OctetBuffer(expectedOctets - _octets, _block)); // staged once an octet follows it
        return _filling.Free();
    }

    public async ValueTask AdvanceAsync(int octets, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_sealed)
            throw new InvalidOperationException("The blob was committed: nothing can be added.");

        _filling.Advance(octets);
        _octets += octets;
        if (_full is not null && octets > 0)
            await StageFullAsync(stop);
    }

    public async Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_published)
            throw new InvalidOperationException("The blob was committed already.");
        if (facts.Octets != _octets)
            throw new ArgumentException($"The message has {facts.Octets} octets, {_octets} were written.", nameof(facts));
        if (_fixed is not null && name != _fixed)
            throw new ArgumentException($"The blocks were staged for {_fixed}: it cannot become {name}.", nameof(name));

        _sealed = true;
        if (mayBeThere && _fixed is null)
            _there = await LookAsync(name, stop);
        var outcome = _there is not null ? AzureCommit.Compare(_there, facts)
            : _fixed is null ? await PutAsync(name, facts, stop)
            : await PutBlocksAsync(name, facts, stop);
        _published = outcome == CommitOutcome.Created;
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync();
        await _staging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // abandoned: its buffer is free once it has ended, however
        _underWay?.Dispose();
        _full?.Dispose();
        _filling.Dispose();
        _md5?.Dispose();
        _abandoned.Dispose();
    }

    static int BlockFor(long expectedOctets) => (int)Math.Clamp(expectedOctets + Slack, IBlobDraft.HeadOctets, BlockOctets);

    Task<CommitOutcome> PutAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        var blob = store.Blob(name);
        var options = new BlobUploadOptions
        {
            Conditions = AzureCommit.OnlyNew,
            HttpHeaders = AzureCommit.Headers(md5: null), // the service keeps the MD5 that it checks
            Metadata = AzureCommit.Metadata(facts),
            TransferOptions = new StorageTransferOptions { InitialTransferSize = BlockOctets + 1 }, // what is shorter than that is one request
            TransferValidation = Md5Checked,
        };
        return AzureCommit.RunAsync(store, name, facts, async () =>
        {
            await using var content = (_full ?? _filling).AsStream();
            await blob.UploadAsync(content, options, stop);
        }, stop);
    }

    async Task<CommitOutcome> PutBlocksAsync(BlobName name, BlobFacts facts, CancellationToken stop)
    {
        if (_full is not null)
            await StageFullAsync(stop); // the message ended with a block
        if (_filling.Length > 0)
        {
            (_full, _filling) = (_filling, new OctetBuffer(0, _block));
            await StageFullAsync(stop);
        }

        await StagedAsync(stop);
        if (_staged != facts.Octets)
            throw new InvalidOperationException($"{_staged} of {facts.Octets} octets were staged: the blob would be cut short.");

        var options = new CommitBlockListOptions
        {
            Conditions = AzureCommit.OnlyNew,
            HttpHeaders = AzureCommit.Headers(_md5!.GetCurrentHash()),
            Metadata = AzureCommit.Metadata(facts),
        };
        return await AzureCommit.RunAsync(store, name, facts, () => _blob!.CommitBlockListAsync(_blocks, options, stop), stop);
    }

    /// <summary>Sends the full block on its way, after the one before it has arrived.</summary>
    async Task StageFullAsync(CancellationToken stop)
    {
        await StagedAsync(stop);
        if (_fixed is null)
        {
            var fixedName = name();
            if (mayBeThere)
                _there = await LookAsync(fixedName, stop);
            _fixed = fixedName;
            _blob = store.Blob(_fixed);
            _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        }

        if (_there is not null)
        {
            // Something has the name: whether it is this message is known at its end, and nothing needs to be sent for that.
            _full!.Dispose();
            _full = null;
            return;
        }

        (_underWay, _full) = (_full!, null);
        _md5!.AppendData(_underWay.Written.Span);
        var id = Convert.ToBase64String([.. _attempt.ToByteArray(), .. BitConverter.GetBytes(_blocks.Count)]);
        _blocks.Add(id);
        _staged += _underWay.Length;
        _staging = StageAsync(id, _underWay);
    }

    async Task StageAsync(string id, OctetBuffer block)
    {
        await using var content = block.AsStream();
        await _blob!.StageBlockAsync(id, content, new BlockBlobStageBlockOptions { TransferValidation = Md5Checked }, _abandoned.Token);
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

    /// <summary>The block under way has arrived, or its failure is thrown here.</summary>
    async Task StagedAsync(CancellationToken stop)
    {
        try
        {
            await _staging.WaitAsync(stop);
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(store.Place, $"sending a part of blob {_fixed}", e);
        }

        _underWay?.Dispose();
        _underWay = null;
    }

    // CRC64 would do as well, but emulators do not know it.
    static UploadTransferValidationOptions Md5Checked => new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };
}
