namespace MailIngest.Polling;

/// <summary>Why the store is left alone, and when it is tried again.</summary>
internal sealed record StoreTrouble(string Sentence, DateTimeOffset Until);
