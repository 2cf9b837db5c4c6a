namespace MailIngest.Status;

/// <summary>How a mailbox is, in one word; the worst that is true.</summary>
public enum MailboxState
{
    /// <summary>The last poll ended well.</summary>
    Ok,

    /// <summary>A poll is running; nothing is wrong.</summary>
    Polling,

    /// <summary>Not polled yet.</summary>
    New,

    /// <summary>The configuration says not to poll it.</summary>
    Disabled,

    /// <summary>
    /// The last poll ended well, but a person has to look: quarantined messages, or its file is wrong and an older version of it is in
    /// force.
    /// </summary>
    Attention,

    /// <summary>The last poll failed; it is tried again.</summary>
    Failing,

    /// <summary>Sign-ins were refused: it is left alone until its file or its secret changes.</summary>
    Suspended,
}
