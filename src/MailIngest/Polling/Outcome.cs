namespace MailIngest.Polling;

/// <summary>How one listed message ended in one session. Every listed message ends in exactly one of these.</summary>
public enum Outcome
{
    /// <summary>RETR'd and stored now.</summary>
    Fetched,

    /// <summary>Was stored already, here or (where the mailbox was seeded) elsewhere; not RETR'd, or RETR'd only to prove it.</summary>
    StoredEarlier,

    /// <summary>Stays on the server by rule: kept, too large, or the server does not delete it.</summary>
    Skipped,

    /// <summary>Put aside until a person releases it.</summary>
    Quarantined,

    /// <summary>Tried and not stored; stays on the server and is tried again.</summary>
    Failed,

    /// <summary>Not tried: beyond a limit, or the session ended before its turn.</summary>
    Left,
}
