using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Messages;

namespace MailIngest.Polling;

/// <summary>What the store is asked of a message that an earlier session stored: before its DELE, and before it is stored again.</summary>
static class StoredBlobs
{
    /// <summary>Whether the blob is there now, with the octets and the SHA-256 that the ledger remembers.</summary>
    /// <exception cref="BlobStoreException">The store could not be asked.</exception>
    public static async ValueTask<bool> HoldsAsync(this IBlobStore blobs, StoredMessage stored, CancellationToken stop) =>
        await blobs.FindAsync(new BlobName(stored.BlobName), stop) is { } found && found.Octets == stored.Octets && found.Sha256 == stored.Sha256;

    /// <summary>
    /// What the blob holds, when that is the same message with other volatile fields: a server that writes <c>Status:</c> or
    /// <c>X-UIDL:</c> into a message sends other octets from one RETR to the next. The blob is read, from its first octet to its last.
    /// </summary>
    /// <returns>Null when it is another message, or when that cannot be told.</returns>
    /// <exception cref="BlobStoreException">The store could not be asked.</exception>
    public static async ValueTask<StoredMessage?> VariantAsync(
        this IBlobStore blobs, BlobName name, MessageDigest message, DateTimeOffset now, CancellationToken stop)
    {
        if (message.BodySha256 is null || await blobs.FindAsync(name, stop) is not { } found)
            return null;
        await using var content = await blobs.OpenReadAsync(name, stop);
        using var there = await MessageIntake.DigestAsync(content, new byte[64 * 1024], stop, withBody: true);
        return there.Sha256 == found.Sha256 && there.BodySha256 == message.BodySha256
            && there.Header.Fingerprint == message.Header.Fingerprint
            ? new(name.Path, there.Octets, there.Sha256, there.Header.Fingerprint, now) : null;
    }
}
