namespace MailIngest.Ledger;

/// <summary>What a mailbox's last complete listing held that is not stored.</summary>
/// <param name="Messages">Messages that wait to be fetched; quarantined ones are counted apart.</param>
/// <param name="Octets">Their octets, by the server's LIST.</param>
/// <param name="OldestSeen">When the first of them was first seen in a listing; null when there is none.</param>
/// <param name="Quarantined">Messages that wait for a person.</param>
public sealed record Unstored(long Messages, long Octets, DateTimeOffset? OldestSeen, long Quarantined)
{
    /// <summary>Everything is stored.</summary>
    public static readonly Unstored None = new(0, 0, null, 0);
}
