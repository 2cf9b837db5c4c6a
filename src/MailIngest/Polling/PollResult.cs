namespace MailIngest.Polling;

/// <summary>
/// How a poll ended, for metrics and schedules; each name in lower case is the value of the metric's label <c>result</c>.
/// </summary>
public enum PollResult
{
    /// <summary>Everything that was to be done was done.</summary>
    Ok,

    /// <summary>Somebody else has the maildrop, here or at the server, or the server wants more time between sign-ins.</summary>
    Busy,

    /// <summary>The sign-in was refused, cannot be made, or its secret cannot be read.</summary>
    Auth,

    /// <summary>The server could not be reached, or the connection broke or is not believed.</summary>
    Network,

    /// <summary>The server answered what cannot be right, or refused what it must not.</summary>
    Protocol,

    /// <summary>The blob store failed.</summary>
    Store,

    /// <summary>The ledger failed.</summary>
    Ledger,

    /// <summary>The poll ended, but some messages failed and are tried again.</summary>
    Dirty,

    /// <summary>The session took longer than it may.</summary>
    Deadline,

    /// <summary>The worker was told to stop.</summary>
    Interrupted,

    /// <summary>A bug of ours.</summary>
    Bug,
}
