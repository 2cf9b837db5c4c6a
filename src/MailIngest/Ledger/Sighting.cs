namespace MailIngest.Ledger;

/// <summary>A message that a complete listing held.</summary>
/// <param name="UniqueId">The octets received, one char each (Latin-1).</param>
/// <param name="Generation">0 for the first message with this unique-id.</param>
/// <param name="ListedOctets">What LIST said.</param>
/// <param name="Fetching">It is about to be fetched; otherwise it waits for its turn.</param>
public sealed record Sighting(string UniqueId, int Generation, long ListedOctets, bool Fetching = false);
