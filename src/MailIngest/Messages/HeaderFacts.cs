namespace MailIngest.Messages;

/// <summary>What a message's header block says about its identity: the same from RETR and from <c>TOP n 0</c>.</summary>
/// <param name="Fingerprint">SHA-256 over the header block without its volatile fields, lower-case hex.</param>
/// <param name="Date">The UTC day of the topmost <c>Received:</c>, else of <c>Date:</c>, else null; never the clock's.</param>
public sealed record HeaderFacts(string Fingerprint, DateOnly? Date);
