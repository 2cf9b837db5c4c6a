namespace MailIngest.Pop3;

/// <summary>
/// One message as listed: its number in this session, its octets by LIST, its unique-id or null when the server gave none.
/// </summary>
public readonly record struct ListedMessage(int Number, long Octets, string? UniqueId);

/// <summary>
/// A complete listing of a maildrop: STAT and LIST agree, no number twice, no unique-id of an unlisted message. Completeness is that of all
/// messages; those that the caller knew are counted only.
/// </summary>
/// <param name="Drop">What STAT said.</param>
/// <param name="Messages">Those that are not known, by ascending number.</param>
/// <param name="HasUniqueIds">False when the server neither announces UIDL nor answers it.</param>
/// <param name="Known">How many are known, see <see cref="KnownMessage"/>.</param>
public sealed record MaildropListing(DropListing Drop, IReadOnlyList<ListedMessage> Messages, bool HasUniqueIds, int Known = 0)
{
    /// <summary>How many messages the maildrop holds.</summary>
    public int Count => Messages.Count + Known;
}
