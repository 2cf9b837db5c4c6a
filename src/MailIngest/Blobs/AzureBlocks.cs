using System.Security.Cryptography;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace MailIngest.Blobs;

/// <summary>The blocks of one message on their way into a container: several under way at once while the next one fills, as far as there is memory for
/// them.</summary>
/// <remarks>Block ids begin with a random prefix, because two writers of one name share the list of uncommitted blocks and must never mix.</remarks>
/// <param name="memory">What more than one block under way is taken from; null: one it is.</param>
sealed class AzureBlocks(AzureBlobStore store, BlobName name, MemoryBudget? memory) : IAsyncDisposable
{
    /// <summary>Octets of a block at most. A blob has up to 50,000.</summary>
    internal const int BlockOctets = 2 * 1024 * 1024;

    /// <summary>How many are under way at most.</summary>
    internal const int AtOnce = 4;

    readonly BlockBlobClient _blob = store.Blob(name);
    readonly Guid _attempt = Guid.NewGuid();
    readonly List<string> _ids = [];
    readonly List<Task> _underWay = [];
    readonly CancellationTokenSource _abandoned = new();
    readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    Task _hashed = Task.CompletedTask;
    long _octets;
    int _ownIsTaken;

    /// <summary>The name that the blob will have.</summary>
    internal BlobName Name => name;

    /// <summary>Sends a block on its way once there is room for it beside those that are under way, and takes its memory over. Throws what became of
    /// an earlier one; then the block is still the caller's.</summary>
    internal async ValueTask SendAsync(OctetBuffer block, CancellationToken stop)
    {
        long? taken;
        while ((taken = Room(block)) is null)
            await ArrivedAsync(Task.WhenAny(_underWay), stop);

        _octets += block.Length;
        _ids.Add(Convert.ToBase64String([.. _attempt.ToByteArray(), .. BitConverter.GetBytes(_ids.Count)]));
        _hashed = HashAsync(block, _hashed);
        _underWay.Add(StageAsync(_ids[^1], block, _hashed, taken.Value));
    }

    /// <summary>Publishes the blob once every block has arrived.</summary>
    internal async Task<CommitOutcome> CommitAsync(BlobFacts facts, CancellationToken stop)
    {
        await ArrivedAsync(Task.WhenAll(_underWay), stop);
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

    /// <summary>Ends what is under way; all memory is free then.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync();
        await Task.WhenAll(_underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // abandoned: nobody asks how it ended
        _md5.Dispose();
        _abandoned.Dispose();
    }

    /// <summary>Takes the place of one more block: the first needs none but the message's own, the others what the budget has to spare. Null: not
    /// now.</summary>
    /// <returns>What is to be released to the budget.</returns>
    long? Room(OctetBuffer block)
    {
        _underWay.RemoveAll(task => task.IsCompletedSuccessfully);
        if (_underWay.Count == AtOnce || _underWay.Exists(task => task.IsCompleted))
            return null;
        if (Interlocked.Exchange(ref _ownIsTaken, 1) == 0)
            return 0;
        return memory?.TryTake(block.Length) == true ? block.Length : null;
    }

    /// <summary>The hash of a block takes as long as reading the next one from the wire: it is not in its way.</summary>
    async Task HashAsync(OctetBuffer block, Task before)
    {
        await Task.Yield();
        await before;
        _md5.AppendData(block.Written.Span);
    }

    async Task StageAsync(string id, OctetBuffer block, Task hashed, long taken)
    {
        try
        {
            await Task.Yield(); // the client hashes it too, before it waits for anything
            await using var content = block.AsStream();
            await _blob.StageBlockAsync(
                id, content, new BlockBlobStageBlockOptions { TransferValidation = AzureCommit.Md5Checked }, _abandoned.Token);
        }
        finally
        {
            await hashed;
            block.Dispose();
            if (taken == 0)
                Volatile.Write(ref _ownIsTaken, 0);
            else
                memory!.Release(taken);
        }
    }

    /// <summary>Waits for blocks under way, and throws the failure of any that did not arrive.</summary>
    async Task ArrivedAsync(Task blocks, CancellationToken stop)
    {
        try
        {
            await blocks.WaitAsync(stop);
            if (_underWay.Find(task => task.IsFaulted || task.IsCanceled) is { } failed)
                await failed;
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            throw AzureFault.Explain(store.Place, $"sending a part of blob {name}", e);
        }
    }
}
