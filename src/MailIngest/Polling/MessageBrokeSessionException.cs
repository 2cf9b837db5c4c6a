namespace MailIngest.Polling;

/// <summary>The session broke inside one message. That message has been counted; the others deserve another session.</summary>
sealed class MessageBrokeSessionException(Exception cause) : Exception(cause.Message, cause);
