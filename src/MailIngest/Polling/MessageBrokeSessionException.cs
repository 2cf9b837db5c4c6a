using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>The session ended inside one message, on the wire or in the store. That message has been noted; the others deserve another session.</summary>
sealed class MessageBrokeSessionException(Exception cause) : Exception(cause.Message, cause)
{
    /// <summary>Whether it broke at TOP: some servers' TOP is broken.</summary>
    public bool AtTop { get; init; }

    /// <summary>Whether the failure is one of the wire: a message at which it happens again and again must not hold back the others.</summary>
    public static bool IsOfTheWire(Exception failure) => failure is Pop3ProtocolException or IOException or TimeoutException;
}
