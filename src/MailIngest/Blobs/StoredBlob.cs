namespace MailIngest.Blobs;

/// <summary>A blob that is there: its name, length and SHA-256 (lower-case hex).</summary>
public sealed record StoredBlob(BlobName Name, long Octets, string Sha256)
{
    /// <summary>Whether its content is this.</summary>
    internal bool Holds(BlobFacts facts) => Octets == facts.Octets && Sha256 == facts.Sha256;
}
