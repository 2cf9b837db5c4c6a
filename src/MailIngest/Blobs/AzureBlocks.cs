using System.Security.Cryptography;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace MailIngest.Blobs;

/// <summary>The blocks of one message on their way into a container: several under way at once, as far as there is memory for them.</summary>
/// <remarks>Two blocks are the message's own: one that fills and one under way. More are taken from the budget where it has room, and given back with
/// the message. Block ids begin with a random prefix, because two writers of one name share the list of uncommitted blocks and must never mix.
/// </remarks>
/// <param name="blockOctets">Octets of a block at most.</param>
/// <param name="memory">Where the room for further blocks comes from; null: there are no further ones.</param>
sealed class AzureBlocks(AzureBlobStore store, BlobName name, int blockOctets, MemoryBudget? memory) : IAsyncDisposable
{
    /// <summary>No block is larger, but the first of a message that was said to take one request. A blob has up to 50,000.</summary>
    internal const int MostOctets = 2 * 1024 * 1024;

    /// <summary>One that fills and one under way: whoever began the message has made room for them.</summary>
    internal const int OwnBlocks = 2;

    /// <summary>How many blocks of a message are in memory at most.</summary>
    internal const int MostInMemory = 5;

    readonly BlockBlobClient _blob = store.Blob(name);
    readonly Guid _attempt = Guid.NewGuid();
    readonly List<string> _ids = [];
    readonly List<(Task Arrival, OctetBuffer Block)> _underWay = [];
    readonly CancellationTokenSource _abandoned = new();
    readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    long _octets;
    int _room = OwnBlocks;

    /// <summary>The name that the blob will have.</summary>
    internal BlobName Name => name;

    /// <summary>Sends a block on its way and takes its memory over.</summary>
    internal void Send(OctetBuffer block)
    {
        _octets += block.Length;
        _ids.Add(Convert.ToBase64String([.. _attempt.ToByteArray(), .. BitConverter.GetBytes(_ids.Count)]));
        _md5.AppendData(block.Written.Span);
        _underWay.Add((StageAsync(_ids[^1], block), block));
    }

    /// <summary>Memory for the next block, as soon as there is some. Throws what became of an earlier one that did not arrive.</summary>
    /// <param name="expectedOctets">A hint: how much is still to come.</param>
    internal async ValueTask<OctetBuffer> NextAsync(long expectedOctets, CancellationToken stop)
    {
        while (true)
        {
            if (_underWay.FindIndex(block => block.Arrival.IsCompleted) is >= 0 and var index)
            {
                var (arrival, block) = _underWay[index];
                await ArrivedAsync(arrival, stop);
                _underWay.RemoveAt(index);
                block.Clear();
                return block;
            }
            if (_underWay.Count < _room || TakeMoreRoom())
                return new OctetBuffer(expectedOctets, blockOctets);
            await ArrivedAsync(Task.WhenAny(_underWay.Select(block => block.Arrival)), stop);
        }
    }

    /// <summary>Publishes the blob once every block has arrived.</summary>
    internal async Task<CommitOutcome> CommitAsync(BlobFacts facts, CancellationToken stop)
    {
        await ArrivedAsync(Task.WhenAll(_underWay.Select(block => block.Arrival)), stop);
        if (_octets != facts.Octets)
            throw new InvalidOperationException($"{_octets} of {facts.Octets} octets were staged: the blob would be cut short.");

        var options = new CommitBlockListOptions
        {
            Conditions = AzureCommit.OnlyNew,
            HttpHeaders = AzureCommit.Headers(_md5.GetCurrentHash()),
            Metadata = AzureCommit.Metadata(facts),
        };
        return await AzureCommit.RunAsync(store, name, facts, () => _blob.CommitBlockListAsync(_ids, options, stop), stop);
    }

    /// <summary>Ends what is under way and gives all memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync();
        foreach (var (arrival, block) in _underWay)
        {
            // Abandoned: nobody asks how it ended.
            await arrival.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            block.Dispose();
        }
        if (_room > OwnBlocks)
            memory!.Release((long)(_room - OwnBlocks) * blockOctets);
        _md5.Dispose();
        _abandoned.Dispose();
    }

    bool TakeMoreRoom()
    {
        if (_room == MostInMemory || memory?.TryTake(blockOctets) != true)
            return false;
        _room++;
        return true;
    }

    async Task StageAsync(string id, OctetBuffer block)
    {
        await using var content = block.AsStream();
        await _blob.StageBlockAsync(
            id, content, new BlockBlobStageBlockOptions { TransferValidation = AzureCommit.Md5Checked }, _abandoned.Token);
    }

    async Task ArrivedAsync(Task arrival, CancellationToken stop)
    {
        try
        {
            await arrival.WaitAsync(stop);
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(store.Place, $"sending a part of blob {name}", e);
        }
    }
}
