namespace MailIngest.Pop3.Sasl;

/// <summary>A challenge that cannot be answered. The message is the second half of a sentence whose first half names the server's answer:
/// "has a nonce that does not begin with ours".</summary>
sealed class SaslException(string flaw) : Exception(flaw);
