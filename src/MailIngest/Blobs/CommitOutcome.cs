namespace MailIngest.Blobs;

/// <summary>How a create-only commit ended; an error is an exception instead.</summary>
public enum CommitOutcome
{
    /// <summary>The blob was created and is durable.</summary>
    Created,

    /// <summary>The same octets were there already and are durable: an earlier session's copy, or our own whose answer was lost.</summary>
    AlreadyThere,

    /// <summary>Other content has the name; nothing was stored or changed.</summary>
    Taken,
}
