namespace MailIngest.Ledger;

/// <summary>A message that a complete listing held.</summary>
/// <param name="UniqueId">The octets received, one char each (Latin-1).</param>
/// <param name="Generation">0 for the first message with this unique-id.</param>
/// <param name="ListedOctets">What LIST said.</param>
public sealed record Sighting(string UniqueId, int Generation, long ListedOctets);
