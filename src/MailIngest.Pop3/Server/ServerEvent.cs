namespace MailIngest.Pop3.Server;

/// <summary>What kind of thing happened in a session.</summary>
public enum ServerEventKind
{
    /// <summary>A client connected.</summary>
    Connected,

    /// <summary>The TLS handshake was completed.</summary>
    TlsStarted,

    /// <summary>A command was received; <see cref="ServerEvent.Text"/> is its line, secrets masked.</summary>
    Command,

    /// <summary>An answer was given; <see cref="ServerEvent.Text"/> is its first line.</summary>
    Answer,

    /// <summary>A user signed in; <see cref="ServerEvent.Text"/> is the name.</summary>
    SignedIn,

    /// <summary>A message was removed from the maildrop.</summary>
    Removed,

    /// <summary>The fault script struck; <see cref="ServerEvent.Text"/> says how.</summary>
    Fault,

    /// <summary>The session is over, the maildrop is unlocked; <see cref="ServerEvent.Text"/> says why.</summary>
    Closed,
}

/// <summary>One thing that happened in one session of the server.</summary>
/// <param name="Session">The session's number, 1 for the first connection.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Verb">The command it belongs to, upper case; empty when it belongs to none.</param>
/// <param name="Text">The line or the reason; never a password, a digest or a SASL answer.</param>
/// <param name="Message">The message-number it is about.</param>
/// <param name="UniqueId">The unique-id it is about: of what was removed, or of the message that a command names.</param>
public sealed record ServerEvent(
    int Session, ServerEventKind Kind, string Verb, string Text, int? Message = null, string? UniqueId = null)
{
    /// <summary>A command with this verb was received.</summary>
    public bool IsCommand(string verb) => Kind == ServerEventKind.Command && Verb == verb;

    /// <summary>One line for people: "C: RETR 2", "S: +OK 120 octets", "--: removed message 2 (u00000002)".</summary>
    public override string ToString() => Kind switch
    {
        ServerEventKind.Command => $"C: {Text}",
        ServerEventKind.Answer => $"S: {Text}",
        ServerEventKind.Removed => $"--: removed message {Message} ({UniqueId})",
        ServerEventKind.Fault => $"--: fault at {Verb}: {Text}",
        _ => Text.Length > 0 ? $"--: {Kind}: {Text}" : $"--: {Kind}",
    };
}
