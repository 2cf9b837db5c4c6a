namespace MailIngest.Blobs;

/// <summary>A blob as a listing shows it, without a look inside.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Octets">Its length.</param>
/// <param name="Sha256">Lower-case hex, as noted when it was written; null where the store keeps no notes.</param>
/// <param name="At">When it was written.</param>
public sealed record ListedBlob(BlobName Name, long Octets, string? Sha256, DateTimeOffset At);
