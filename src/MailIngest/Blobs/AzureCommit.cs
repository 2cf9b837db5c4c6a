using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;

namespace MailIngest.Blobs;

/// <summary>Publishes one blob: sends the create-only request once and settles every unclear answer by looking at what is there.</summary>
static class AzureCommit
{
    /// <summary>The condition of every publishing request: only where nothing is.</summary>
    internal static BlobRequestConditions OnlyNew => new() { IfNoneMatch = ETag.All };

    /// <summary>What a mail reader and a browser should know of the blob.</summary>
    internal static BlobHttpHeaders Headers(byte[]? md5) =>
        new() { ContentType = "message/rfc822", ContentDisposition = "attachment", ContentHash = md5 };

    /// <summary>The service checks what arrives. By MD5: CRC64 would do as well, but emulators do not know it.</summary>
    internal static UploadTransferValidationOptions Md5Checked => new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };

    /// <summary>Runs the request. Answers <see cref="CommitOutcome.AlreadyThere"/> also where the answer to our own successful request was lost: nobody can
    /// tell the two apart, and both mean that the octets are there.</summary>
    internal static async Task<CommitOutcome> RunAsync(AzureBlobStore store, BlobName name, BlobFacts facts, Func<Task> request, CancellationToken stop)
    {
        try
        {
            using (RepeatableOnly.Once())
                await request();
            return CommitOutcome.Created;
        }
        catch (Exception e) when (AzureFault.Is(e, stop))
        {
            if (!AzureFault.IsRefusal(e))
                return await SettleAsync(store, name, facts, e, stop);
            if (AzureFault.MayHideTheBlob(e) && await LookAsync(store, name, facts, stop) is { } there)
                return there;
            throw AzureFault.Explain(store.Place, $"writing blob {name}", e);
        }
    }

    static async Task<CommitOutcome> SettleAsync(AzureBlobStore store, BlobName name, BlobFacts facts, Exception answer, CancellationToken stop)
    {
        if (await store.FindAsync(name, stop) is { } there)
            return Compare(there, facts);
        throw AzureFault.Explain(store.Place, $"writing blob {name}", answer, isTransient: true);
    }

    /// <summary>What the name holds after a refusal; null when nothing, or when that is not for us to see: then the refusal stands.</summary>
    static async Task<CommitOutcome?> LookAsync(AzureBlobStore store, BlobName name, BlobFacts facts, CancellationToken stop)
    {
        try
        {
            return await store.FindAsync(name, stop) is { } there ? Compare(there, facts) : null;
        }
        catch (BlobStoreException)
        {
            return null;
        }
    }

    /// <summary>What a name that something has means for this content.</summary>
    internal static CommitOutcome Compare(StoredBlob there, BlobFacts facts) =>
        there.Holds(facts) ? CommitOutcome.AlreadyThere : CommitOutcome.Taken;

    /// <summary>The caller's metadata and the hash that a later look at the blob is compared with.</summary>
    internal static Dictionary<string, string> Metadata(BlobFacts facts) => new(facts.Metadata) { [BlobMetadata.Sha256] = facts.Sha256 };
}
