using MailIngest.Blobs;
using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>The question that stands before each DELE of a message that an earlier session stored.</summary>
static class StoredBlobs
{
    /// <summary>Whether the blob is there now, with the octets and the SHA-256 that the ledger remembers.</summary>
    /// <exception cref="BlobStoreException">The store could not be asked.</exception>
    public static async ValueTask<bool> HoldsAsync(this IBlobStore blobs, StoredMessage stored, CancellationToken stop) =>
        await blobs.FindAsync(new BlobName(stored.BlobName), stop) is { } found && found.Octets == stored.Octets && found.Sha256 == stored.Sha256;
}
