namespace MailIngest.Blobs;

/// <summary>What is known of a message's content when it is committed.</summary>
/// <param name="Octets">Its length.</param>
/// <param name="Sha256">Its SHA-256, lower-case hex.</param>
/// <param name="Metadata">Written with the blob where the store has room for it: keys of <c>[a-z0-9]</c>, values as <see cref="BlobMetadata"/> writes them.</param>
public sealed record BlobFacts(long Octets, string Sha256, IReadOnlyDictionary<string, string> Metadata);
