using System.Globalization;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;

namespace MailIngest.Auditing;

/// <summary>
/// What server, ledger and store say about each other. Decided without any input or output, from what was seen last of each.
/// </summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="Listing">A complete listing; null when the server was not asked.</param>
/// <param name="Rows">Every row of the mailbox, read after the blobs were listed.</param>
/// <param name="Suspects">Blobs that were not as rows expect, looked at once more; null: there is none of that name.</param>
/// <param name="Strangers">Blobs that no row named and that the ledger could not have forgotten, with their hash where it is known.</param>
/// <param name="Now">The time at which the audit began.</param>
public sealed record MailboxAudit(
    Mailbox Mailbox, MaildropListing? Listing, IReadOnlyList<LedgerRow> Rows, IReadOnlyDictionary<string, StoredBlob?> Suspects,
    IReadOnlyList<ListedBlob> Strangers, DateTimeOffset Now)
{
    /// <summary>A blob is there before its row: one that is younger than this may be waiting for it.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    /// <summary>What is wrong, and what is pending.</summary>
    public IReadOnlyList<AuditFinding> Findings() => [.. Lost(), .. Twice(), .. Orphans(), .. Pending()];

    /// <summary>Listed messages whose unique-id says nothing: only their content tells whether they are stored.</summary>
    public int Untold => Planned().Count(message => message.Verdict == Verdict.Identify);

    IEnumerable<AuditFinding> Lost()
    {
        var listed = Listing?.Messages.Select(message => message.UniqueId).ToHashSet(StringComparer.Ordinal);
        foreach (var row in Rows)
        {
            if (row.Stored is not { } stored || !Suspects.TryGetValue(stored.BlobName, out var found))
                continue;
            var flaw = found is null ? "is missing"
                : found.Octets != stored.Octets ? Text($"has {found.Octets} octets where {stored.Octets} were stored")
                : found.Sha256 != stored.Sha256 ? "has other content than what was stored"
                : null;
            if (flaw is not null)
                yield return new(AuditKind.Lost, $"{Named(row)}: its blob {stored.BlobName} {flaw}; {Prospect(row, listed)}");
        }
    }

    const string Unless = "unless somebody removed the blob on purpose, restore it from a backup";

    static string Prospect(LedgerRow row, HashSet<string?>? listed) =>
        listed?.Contains(row.UniqueId) is true ? "the message is still on the server, and the next poll stores it again"
        : row.DeletingAt is { } at ? Text($"a DELE was sent at {at:u}: {Unless}")
        : row.GoneAt is { } gone ? Text($"the message left the server at {gone:u} by another hand: {Unless}")
        : "while the message is on the server, the next poll stores it again";

    /// <summary>
    /// Careful: two messages may well be the same to the octet (a mail sent twice, a copy in the same maildrop). Only where one of them
    /// cannot have been beside the other on the server they may be one message.
    /// </summary>
    IEnumerable<AuditFinding> Twice()
    {
        var sound = Rows.Where(
            row => row.Stored is { } stored && (!Suspects.TryGetValue(stored.BlobName, out var found) || IsSound(stored, found)));
        foreach (var equal in sound.GroupBy(row => (row.Stored!.Sha256, row.Stored.Octets)))
        {
            LedgerRow[] rows = [.. equal.OrderBy(row => row.FirstSeen).ThenBy(row => row.Generation)];
            for (var i = 1; i < rows.Length; i++)
            {
                var first = Array.Find(rows[..i], row => row.Stored!.BlobName != rows[i].Stored!.BlobName && AreOne(row, rows[i]));
                if (first is not null)
                    yield return new(AuditKind.Twice, $"{Named(rows[i])}: possibly stored twice: {rows[i].Stored!.BlobName} and "
                        + $"{first.Stored!.BlobName} hold the same octets");
            }
        }
        foreach (var blob in Strangers.Where(IsOrphan))
            if (TwinOf(blob) is { } twin)
                yield return new(AuditKind.Twice,
                    $"{twin.Stored!.BlobName}: possibly stored twice: the same octets are in {blob.Name}, which no row names");
    }

    static bool IsSound(StoredMessage stored, StoredBlob? found) =>
        found is not null && found.Octets == stored.Octets && found.Sha256 == stored.Sha256;

    /// <summary>
    /// The same unique-id; or the second appeared when the first had vanished without our doing, as when a server renames its messages.
    /// </summary>
    static bool AreOne(LedgerRow first, LedgerRow second) =>
        first.UniqueId == second.UniqueId || (first is { GoneAt: { } gone, DeletingAt: null } && second.FirstSeen >= gone);

    LedgerRow? TwinOf(ListedBlob blob) =>
        Rows.FirstOrDefault(row => row.Stored is { } stored && stored.Octets == blob.Octets && stored.Sha256 == blob.Sha256);

    IEnumerable<AuditFinding> Orphans() =>
        Strangers.Where(blob => IsOrphan(blob) && TwinOf(blob) is null).Select(blob => new AuditFinding(AuditKind.Orphan,
            Text($"{blob.Name}: no row of the ledger names this blob of {blob.Octets} octets, written at {blob.At:u}; ")
            + "if its message is still on the server, the next poll recognises it"));

    /// <summary>A poll may have written its row since, or be about to.</summary>
    bool IsOrphan(ListedBlob blob) => !NamesOfRows.Contains(blob.Name.Path) && blob.At <= Now - Young;

    HashSet<string> NamesOfRows => field ??= [.. Rows.Where(row => row.Stored is not null).Select(row => row.Stored!.BlobName)];

    IEnumerable<AuditFinding> Pending() =>
        from message in Planned()
        where message.Verdict
            is Verdict.Fetch or Verdict.Retry or Verdict.Later or Verdict.Failed or Verdict.Oversize or Verdict.Quarantined
        select new AuditFinding(AuditKind.Pending, $"{HostileText.Escape(message.Listed.UniqueId ?? "")}: "
            + Text($"{message.Listed.Octets} octets are on the server and not stored: {Reason(message)}"));

    IReadOnlyList<PlannedMessage> Planned() => Listing is null ? []
        : PollPlan.Decide(Listing, Rows, Mailbox, new FetchBudget(0, 0), new HashSet<string>(), alone: false, Now).Messages;

    static string Reason(PlannedMessage message) => message.Verdict switch
    {
        Verdict.Quarantined => "quarantined until somebody releases it",
        Verdict.Oversize => "larger than maxMessageSize",
        _ => message.Attempts > 0 ? $"failed {Plural.Of(message.Attempts, "time")}, and is tried again" : "the next poll fetches it",
    };

    static string Named(LedgerRow row) => HostileText.Escape(row.UniqueId.Trim(), 80);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
