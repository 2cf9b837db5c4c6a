using System.Runtime.InteropServices;

namespace MailIngest.Pop3;

/// <summary>
/// One message as listed: its number in this session, its octets by LIST, its unique-id or null when the server gave none.
/// </summary>
public readonly record struct ListedMessage(int Number, long Octets, string? UniqueId);

/// <summary>
/// A complete listing of a maildrop, by ascending number: STAT and LIST agree, no number twice, no unique-id of an unlisted message.
/// <see cref="HasUniqueIds"/> is false when the server neither announces UIDL nor answers it.
/// </summary>
public sealed record MaildropListing(DropListing Drop, IReadOnlyList<ListedMessage> Messages, bool HasUniqueIds)
{
    /// <summary>
    /// Joins the three answers; <paramref name="flaw"/> says why they cannot be one maildrop. Gaps in the numbers are fine.
    /// </summary>
    internal static MaildropListing? Join(DropListing drop, List<ScanListing> scans, List<UniqueIdListing>? uniqueIds, out string? flaw)
    {
        var messages = new List<ListedMessage>(scans.Count);
        flaw = Order(scans, scan => scan.Number, "LIST") ?? (uniqueIds is null ? null : Order(uniqueIds, id => id.Number, "UIDL"));
        if (flaw is null && scans.Count != drop.Messages) flaw = $"STAT counts {drop.Messages} messages, LIST has {scans.Count}";
        if (flaw is not null) return null;

        var ids = CollectionsMarshal.AsSpan(uniqueIds);
        foreach (var scan in scans)
        {
            var named = ids is [var first, ..] && first.Number == scan.Number;
            messages.Add(new ListedMessage(scan.Number, scan.Octets, named && ids[0].UniqueId.Length > 0 ? ids[0].UniqueId : null));
            if (named) ids = ids[1..];
            else if (ids is [var other, ..] && other.Number < scan.Number) break;
        }
        if (!ids.IsEmpty) flaw = $"UIDL names message {ids[0].Number}, which LIST does not have";
        return flaw is null ? new MaildropListing(drop, messages, uniqueIds is not null) : null;
    }

    static string? Order<T>(List<T> lines, Func<T, int> number, string command)
    {
        var ascends = true;
        for (var at = 1; ascends && at < lines.Count; at++) ascends = number(lines[at - 1]) < number(lines[at]);
        if (!ascends) lines.Sort((a, b) => number(a).CompareTo(number(b)));
        for (var at = 1; at < lines.Count; at++)
            if (number(lines[at - 1]) == number(lines[at])) return $"{command} has message {number(lines[at])} twice";
        return null;
    }
}
