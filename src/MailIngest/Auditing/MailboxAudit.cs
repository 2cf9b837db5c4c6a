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
    public IReadOnlyList<AuditFinding> Findings() => [.. Breaches().OrderBy(finding => finding.Kind), .. Pending()];

    /// <summary>Listed messages whose unique-id says nothing: only their content tells whether they are stored.</summary>
    public int Untold => Planned().Count(message => message.Verdict == Verdict.Identify);

    /// <summary>What rows and blobs tell becomes a <see cref="History"/>; that decides what is wrong, and this says it.</summary>
    IEnumerable<AuditFinding> Breaches()
    {
        var history = new History();
        foreach (var (happened, words) in Told().Concat(ToldByOrphans()))
        {
            var before = history.Violations.Count;
            history.Add(happened);
            if (words(history.Violations.Skip(before).FirstOrDefault()) is { } finding)
                yield return finding;
        }
    }

    /// <summary>
    /// Each message, its blob, its row. Of a row whose octets nothing else has and whose blob is as expected nothing is told: there may be
    /// very many, and nothing can be wrong with them.
    /// </summary>
    IEnumerable<(HistoryEvent, Func<Violation?, AuditFinding?>)> Told()
    {
        var listed = Listing?.Messages.Select(message => message.UniqueId).ToHashSet(StringComparer.Ordinal);
        var elsewhere = Orphans.Select(Octets).ToHashSet(StringComparer.Ordinal);
        foreach (var equal in Rows.Where(row => row.Stored is not null).GroupBy(row => Octets(row.Stored!)))
        {
            LedgerRow[] rows = [.. equal.OrderBy(row => row.FirstSeen).ThenBy(row => row.Generation)];
            if (rows is [var only] && !Suspects.ContainsKey(only.Stored!.BlobName) && !elsewhere.Contains(equal.Key))
                continue;
            for (var i = 0; i < rows.Length; i++)
            {
                var (row, stored) = (rows[i], rows[i].Stored!);
                var blob = stored.BlobName;
                var isSound = IsSound(stored);
                var first = Array.Find(rows[..i], other => other.Stored!.BlobName != blob && IsSound(other.Stored) && AreOne(other, row));
                var sharesBlob = Array.Exists(rows[..i], other => other.Stored!.BlobName == blob);
                if (!sharesBlob && (!isSound || first is null))
                    yield return (new HistoryEvent.Accepted($"{row.UniqueId} {row.Generation}", equal.Key), _ => null);
                if (isSound)
                    yield return (new HistoryEvent.Created(blob, equal.Key), found => found is null ? null : new(AuditKind.Twice,
                        $"{Named(row)}: possibly stored twice: {blob} and {first!.Stored!.BlobName} hold the same octets"));
                yield return (new HistoryEvent.Recorded(row.Key, row.State, blob, equal.Key), found => found is null ? null
                    : new(AuditKind.Lost, $"{Named(row)}: its blob {blob} {Flaw(stored)}; {Prospect(row, listed)}"));
            }
        }
    }

    IEnumerable<(HistoryEvent, Func<Violation?, AuditFinding?>)> ToldByOrphans()
    {
        foreach (var blob in Orphans)
        {
            var twins = Rows.Where(row => row.Stored is { } stored && Octets(stored) == Octets(blob));
            yield return (new HistoryEvent.Created(blob.Name.Path, Octets(blob)), found => found?.Kind == Breach.Twice
                ? new(AuditKind.Twice, $"{twins.OrderBy(twin => !IsSound(twin.Stored!)).First().Stored!.BlobName}: possibly stored twice: "
                    + $"the same octets are in {blob.Name}, which no row names")
                : new(AuditKind.Orphan,
                    Text($"{blob.Name}: no row of the ledger names this blob of {blob.Octets} octets, written at {blob.At:u}; ")
                    + (found is null
                        ? $"its octets are those of {Named(twins.First(twin => !IsSound(twin.Stored!)))}, whose own blob is lost"
                        : "if its message is still on the server, the next poll recognises it")));
        }
    }

    static string Octets(StoredMessage stored) => Text($"{stored.Octets} {stored.Sha256}");

    static string Octets(ListedBlob blob) => Text($"{blob.Octets} {blob.Sha256}");

    /// <summary>What was not suspected is as its row expects it.</summary>
    bool IsSound(StoredMessage stored) => Flaw(stored) is null;

    string? Flaw(StoredMessage stored) =>
        !Suspects.TryGetValue(stored.BlobName, out var found) ? null
        : found is null ? "is missing"
        : found.Octets != stored.Octets ? Text($"has {found.Octets} octets where {stored.Octets} were stored")
        : found.Sha256 != stored.Sha256 ? "has other content than what was stored"
        : null;

    const string Unless = "unless somebody removed the blob on purpose, restore it from a backup";

    static string Prospect(LedgerRow row, HashSet<string?>? listed) =>
        listed?.Contains(row.UniqueId) is true ? "the message is still on the server, and the next poll stores it again"
        : row.DeletingAt is { } at ? Text($"a DELE was sent at {at:u}: {Unless}")
        : row.GoneAt is { } gone ? Text($"the message left the server at {gone:u} by another hand: {Unless}")
        : "while the message is on the server, the next poll stores it again";

    /// <summary>
    /// Careful: two messages may well be the same to the octet (a mail sent twice, a copy in the same maildrop). Only where one of them
    /// cannot have been beside the other on the server they may be one message: they have the same unique-id, or the second appeared when
    /// the first had vanished without our doing, as when a server renames its messages.
    /// </summary>
    static bool AreOne(LedgerRow first, LedgerRow second) =>
        first.UniqueId == second.UniqueId || (first is { GoneAt: { } gone, DeletingAt: null } && second.FirstSeen >= gone);

    /// <summary>Blobs without a row, also when it was looked for last; a poll may be about to write that of a young one.</summary>
    IReadOnlyList<ListedBlob> Orphans => field ??=
        [.. Strangers.Where(blob => !NamesOfRows.Contains(blob.Name.Path) && blob.At <= Now - Young)];

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
