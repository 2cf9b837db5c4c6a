namespace MailIngest.Ledger;

/// <summary>One message of a mailbox: its unique-id, and which of the messages that the server gave this unique-id to.</summary>
/// <param name="UniqueId">The octets received, one char each (Latin-1). Compared octet by octet.</param>
/// <param name="Generation">0 for the first message with this unique-id, 1 when the server used it again, and so on.</param>
public sealed record RowKey(string UniqueId, int Generation);
