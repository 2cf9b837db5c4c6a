namespace MailIngest.Polling;

/// <summary>What a poll means to do with one listed message.</summary>
public enum Verdict
{
    /// <summary>Not stored yet: RETR, store, then DELE.</summary>
    Fetch,

    /// <summary>Without a unique-id, or with one that stands twice in the listing: its octets have to say who it is.</summary>
    Identify,

    /// <summary>
    /// Listed again after its DELE, or stored by a session that fell out of step: TOP (or RETR) has to prove that it is the stored message
    /// and not another one under a used unique-id.
    /// </summary>
    Prove,

    /// <summary>
    /// Stored by an earlier session: its header is compared (TOP, where there is one), its blob is looked at, then DELE without RETR.
    /// </summary>
    Delete,

    /// <summary>Stored, and meant to stay for now (<c>delete: false</c>, or <c>deleteAfter</c> is not over).</summary>
    Keep,

    /// <summary>Larger than <c>maxMessageSize</c>: stays on the server.</summary>
    Oversize,

    /// <summary>Failed too often, or was put aside: stays on the server until a person releases it.</summary>
    Quarantined,

    /// <summary>Was there when the mailbox was seeded: stays on the server, and is neither fetched nor deleted.</summary>
    Seeded,

    /// <summary>The server still lists it after three rounds of DELE and QUIT: it is asked once a day from now on.</summary>
    ServerKeeps,

    /// <summary>Failed before: waits until the good ones are committed, then has a session of its own.</summary>
    Retry,

    /// <summary>Failed in this very poll: the next poll tries again.</summary>
    Failed,

    /// <summary>Beyond a limit of this session: the next session takes it.</summary>
    Later,
}
