namespace MailIngest.Blobs;

/// <summary>A blob that is there: its name, length and SHA-256 (lower-case hex).</summary>
public sealed record StoredBlob(BlobName Name, long Octets, string Sha256);
