namespace MailIngest.Simulation.Stories;

/// <summary>What a mail server does that naive clients do not expect.</summary>
public enum Quirk
{
    /// <summary>No UIDL.</summary>
    NoUniqueIds,

    /// <summary>UIDL says the message-numbers.</summary>
    NumbersAsUniqueIds,

    /// <summary>Several messages have one unique-id.</summary>
    DuplicateUniqueIds,

    /// <summary>A unique-id is used again once its message has left because of us.</summary>
    ReusedUniqueIds,

    /// <summary>Unique-ids with spaces, with 8-bit octets, of 200 octets, with a path in them.</summary>
    HostileUniqueIds,

    /// <summary>One day all unique-ids are others.</summary>
    Migration,

    /// <summary>QUIT removes whatever was RETR'd (EXPIRE 0, Gmail).</summary>
    RemovesRetrieved,

    /// <summary>DELE removes at once, whatever becomes of the session.</summary>
    RemovesAtDele,

    /// <summary>A connection that is lost removes what is marked.</summary>
    RemovesAtDisconnect,

    /// <summary>QUIT is answered with +OK and removes nothing, a few times.</summary>
    IgnoresDeletions,

    /// <summary>QUIT removes some and says so, a few times.</summary>
    RemovesSome,

    /// <summary>One session at a time; a second one is refused.</summary>
    Locks,

    /// <summary>LIST rounds sizes up; the mailbox knows.</summary>
    RoundsSizes,

    /// <summary>LIST says more than there is of a message, a few times.</summary>
    OverstatesSizes,

    /// <summary>RETR sends a part of a message and a valid terminator, a few times.</summary>
    Truncates,

    /// <summary>-ERR or other lines out of nowhere, a few times.</summary>
    Unsolicited,

    /// <summary>A dot that is the first octet of a message is not stuffed.</summary>
    ForgetsFirstDot,

    /// <summary>Listings that contradict themselves, a few times.</summary>
    Contradicts,

    /// <summary>Messages that were removed are back: the server was restored from a backup.</summary>
    RollsBack,

    /// <summary>Another client removes messages, also while we are signed in.</summary>
    OtherClient,

    /// <summary>Another client holds the maildrop for a while.</summary>
    InUse,

    /// <summary>A header field that is no part of a message's identity is another one at each RETR.</summary>
    VolatileHeaders,

    /// <summary>RETR is refused, a few times.</summary>
    RefusesRetr,

    /// <summary>DELE is refused, a few times.</summary>
    RefusesDele,

    /// <summary>QUIT is refused, a few times, and removes nothing.</summary>
    RefusesQuit,

    /// <summary>The sign-in is refused for now, a few times.</summary>
    RefusesSignIn,

    /// <summary>LOGIN-DELAY.</summary>
    LoginDelay,

    /// <summary>No CAPA.</summary>
    NoCapabilities,

    /// <summary>No TOP.</summary>
    NoTop,

    /// <summary>No PIPELINING, or only after the sign-in.</summary>
    NoPipelining,

    /// <summary>Answers are written in small pieces, for a while.</summary>
    Dribbles,

    /// <summary>The server process dies and is started again.</summary>
    ServerCrashes,

    /// <summary>The ledger is lost.</summary>
    LedgerLost,

    /// <summary>The ledger is restored from an older copy.</summary>
    LedgerRestored,

    /// <summary>Two or three workers poll the mailbox, with one ledger and one store.</summary>
    SeveralWorkers,

    /// <summary>A worker stands still for minutes, longer than its lease lasts, and then goes on.</summary>
    Freezes,

    /// <summary>Workers are told to end.</summary>
    Interrupts,
}
