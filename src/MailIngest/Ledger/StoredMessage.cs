namespace MailIngest.Ledger;

/// <summary>Where a message's durable copy is, and what it must be equal to.</summary>
/// <param name="BlobName">The blob's name in the store.</param>
/// <param name="Octets">The blob's length.</param>
/// <param name="Sha256">Over all of its octets, lower-case hex.</param>
/// <param name="HeaderSha256">Over its header block without the volatile fields, lower-case hex.</param>
/// <param name="At">When it became durable; kept to the millisecond.</param>
public sealed record StoredMessage(string BlobName, long Octets, string Sha256, string HeaderSha256, DateTimeOffset At);
