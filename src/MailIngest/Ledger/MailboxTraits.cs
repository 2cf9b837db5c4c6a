namespace MailIngest.Ledger;

/// <summary>What was learned about a mailbox and its server; null where nothing was. Times are kept to the millisecond.</summary>
public sealed record MailboxTraits
{
    /// <summary>Pipelining broke: one command at a time until then.</summary>
    public DateTimeOffset? LockStepUntil { get; init; }

    /// <summary>The server asked not to be signed in to before then (LOGIN-DELAY, RFC 2449 §6.5).</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When the mailbox was last polled, however it ended.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>When a poll last ended well.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Why the last poll failed; null when it did not.</summary>
    public string? LastError { get; init; }

    /// <summary>How many polls failed since the last that ended well.</summary>
    public int? Failures { get; init; }

    /// <summary>Sign-ins refused in a row for user or password.</summary>
    public int? SignInRefusals { get; init; }

    /// <summary>
    /// What was refused: a salted, slow hash over the mailbox's file and its secret, so that a change of either is noticed.
    /// </summary>
    public string? SignInMark { get; init; }

    /// <summary>
    /// No sign-in before then with what <see cref="SignInMark"/> stands for; <see cref="DateTimeOffset.MaxValue"/>: until it changes.
    /// </summary>
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>When the server's certificate expires, as seen last.</summary>
    public DateTimeOffset? CertificateExpires { get; init; }

    /// <summary>How many polls in a row had no session for a message that had failed before.</summary>
    public int? PutOff { get; init; }
}
