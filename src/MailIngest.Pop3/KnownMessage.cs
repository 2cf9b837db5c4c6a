namespace MailIngest.Pop3;

/// <summary>
/// Whether a listed message is known already and needs nothing: then it is counted, not kept. Asked once for each message that has a
/// unique-id, while the listing arrives; what it was told counts only when the listing turns out to be complete.
/// </summary>
/// <param name="scan">The message's line of LIST.</param>
/// <param name="uniqueId">Its octets as received, good for this call only.</param>
public delegate bool KnownMessage(ScanListing scan, ReadOnlySpan<byte> uniqueId);
