namespace MailIngest.Ledger;

/// <summary>All that is remembered of one message.</summary>
/// <param name="UniqueId">The octets received, one char each (Latin-1).</param>
/// <param name="Generation">0 for the first message with this unique-id.</param>
/// <param name="State">How far the message has come.</param>
/// <param name="FirstSeen">When a complete listing first held it.</param>
/// <param name="ListedOctets">What LIST said; of a message not yet stored, what it said last.</param>
/// <param name="Attempts">Failures since the message was first seen, stored or released.</param>
/// <param name="LastError">What the last of them said.</param>
/// <param name="Quarantined">Left alone until a person releases it.</param>
/// <param name="ReceivedOctets">How long the message was when it was last received, stored or refused as too short.</param>
/// <param name="Ordinal">How many blob names of this message turned out to be taken by other content.</param>
/// <param name="Stored">Its durable copy; null until there is one.</param>
/// <param name="DeletingAt">When the last DELE was about to be sent.</param>
/// <param name="DeleteRounds">In how many sessions it was to be deleted since it was last gone.</param>
/// <param name="GoneAt">When a complete listing no longer held it.</param>
public sealed record LedgerRow(
    string UniqueId,
    int Generation,
    MessageState State,
    DateTimeOffset FirstSeen,
    long ListedOctets,
    int Attempts,
    string? LastError,
    bool Quarantined,
    long? ReceivedOctets,
    int Ordinal,
    StoredMessage? Stored,
    DateTimeOffset? DeletingAt,
    int DeleteRounds,
    DateTimeOffset? GoneAt)
{
    /// <summary>
    /// Stored by a session that fell out of step: the bytes may be those of another message, and are proven again before a DELE.
    /// </summary>
    public bool IsInDoubt => State == MessageState.Stored && Attempts > 0;

    /// <summary>
    /// Was on the server when somebody seeded the mailbox, and is stored elsewhere by that person's word: never fetched. It has no durable
    /// copy here, so that it cannot be deleted either.
    /// </summary>
    public bool Seeded { get; init; }

    /// <summary>Some session has begun to fetch it: its blob may be there, although nobody lived to say so here.</summary>
    public bool Tried { get; init; }

    /// <summary>The row's name within its mailbox.</summary>
    public RowKey Key => new(UniqueId, Generation);
}
