namespace MailIngest.Pop3;

/// <summary>Whether commands are sent before earlier ones are answered (RFC 2449 §6.6).</summary>
public enum Pipelining
{
    /// <summary>When the server announces it.</summary>
    Auto,

    /// <summary>Always.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}
