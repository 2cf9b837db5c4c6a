namespace MailIngest.Ledger;

/// <summary>What is read of each row of a message that should be on the server.</summary>
/// <param name="UniqueId">The octets received, one char each (Latin-1).</param>
/// <param name="ListedOctets">What LIST said.</param>
/// <param name="IsSettled">Seeded, or stored without a doubt and meant to stay: listed with the same octets, it needs nothing.</param>
public readonly record struct PresentRow(string UniqueId, long ListedOctets, bool IsSettled);
