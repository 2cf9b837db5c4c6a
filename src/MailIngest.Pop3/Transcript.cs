namespace MailIngest.Pop3;

/// <summary>One line of the conversation, safe to show: secrets masked, hostile text escaped.</summary>
public readonly record struct TranscriptLine(bool FromServer, string Text)
{
    /// <summary>"C: RETR 1" or "S: +OK".</summary>
    public override string ToString() => (FromServer ? "S: " : "C: ") + Text;
}
