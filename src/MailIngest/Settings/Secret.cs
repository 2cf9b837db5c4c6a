namespace MailIngest.Settings;

/// <summary>A password, key or token that cannot be printed by accident.</summary>
public sealed class Secret(string value)
{
    /// <summary>The secret itself: hand it to whoever needs it, never to a log, a message or an exception.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
