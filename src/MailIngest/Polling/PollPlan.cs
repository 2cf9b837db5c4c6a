using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What one session does, message by message: a pure function of the listing, the ledger and the mailbox's policy.
/// Doubt is resolved towards storing: a message is deleted without a RETR only when its unique-id, its size and its history leave no doubt.
/// </summary>
/// <param name="Messages">One entry for each listed message, in the order of the listing.</param>
/// <param name="Gone">Rows that this complete listing no longer shows.</param>
public sealed record PollPlan(IReadOnlyList<PlannedMessage> Messages, IReadOnlyList<LedgerRow> Gone)
{
    /// <summary>After so many DELEs that the server answered and did not carry out, we stop asking.</summary>
    public const int DeleteRounds = 3;

    /// <summary>How long: the rounds may have failed on their way to the server, and a server may be mended.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromDays(1);

    /// <param name="listing">A complete listing.</param>
    /// <param name="rows">Every row of the mailbox.</param>
    /// <param name="mailbox">Its policy.</param>
    /// <param name="budget">How much this session may fetch.</param>
    /// <param name="failed">Unique-ids that failed earlier in this poll.</param>
    /// <param name="now">For <c>deleteAfter</c>.</param>
    public static PollPlan Decide(
        MaildropListing listing, IReadOnlyList<LedgerRow> rows, Mailbox mailbox, FetchBudget budget, IReadOnlySet<string> failed, DateTimeOffset now)
    {
        var known = rows.GroupBy(row => row.UniqueId, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<LedgerRow>)[.. group.OrderBy(row => row.Generation)], StringComparer.Ordinal);
        var ambiguous = Ambiguous(listing);

        var messages = new List<PlannedMessage>(listing.Messages.Count);
        foreach (var listed in listing.Messages)
            messages.Add(Judge(listed, known, ambiguous, mailbox, failed, now));

        LetOneFailedMessageTry(messages);
        KeepWithin(budget, messages);
        return new PollPlan(messages, NoLongerListed(listing, rows));
    }

    static PlannedMessage Judge(
        ListedMessage listed, Dictionary<string, IReadOnlyList<LedgerRow>> known, HashSet<string> ambiguous, Mailbox mailbox,
        IReadOnlySet<string> failed, DateTimeOffset now)
    {
        if (listed.UniqueId is not { } uniqueId)
            return new(listed, failed.Contains(FailedName(listed)) ? Verdict.Failed : Unread(listed, mailbox, Verdict.Identify), null, []);

        var rows = known.GetValueOrDefault(uniqueId, []);
        if (ambiguous.Contains(uniqueId))
            return new(listed, failed.Contains(uniqueId) ? Verdict.Failed : Unread(listed, mailbox, Verdict.Identify), null, rows);

        if (rows.FirstOrDefault(row => row.State == MessageState.Seen) is { } pending)
            return new(listed, Pending(listed, pending, mailbox, failed), pending.Key, rows);

        if (rows.LastOrDefault(row => row.Stored is not null) is not { } latest)
            return new(listed, failed.Contains(uniqueId) ? Verdict.Failed : Unread(listed, mailbox, Verdict.Fetch), Next(uniqueId, rows), rows);

        // Stored and never deleted: unique-ids persist (RFC 1939 §7), so with the same size it is the same message.
        // Another size: perhaps a used unique-id under a new message. It is read, and compared with what is stored.
        // Stored by a session that fell out of step: the bytes may be those of another message, so it is proven like one that was deleted.
        if (rows.LastOrDefault(row => row.State == MessageState.Stored) is { } stored)
            return stored.Attempts > 0 ? new(listed, Verdict.Prove, stored.Key, rows)
                : stored.ListedOctets == listed.Octets
                ? new(listed, MayRemove(mailbox, stored.FirstSeen, now) ? Verdict.Delete : Verdict.Keep, stored.Key, rows)
                : new(listed, Unread(listed, mailbox, Verdict.Fetch), Next(uniqueId, rows), rows);

        // A DELE was sent for every generation: lost QUIT, a server that keeps mail, or a new message under a used unique-id?
        return latest.DeleteRounds >= DeleteRounds && latest.ListedOctets == listed.Octets && (now - latest.DeletingAt)?.Duration() < AskAgainAfter
            ? new(listed, Verdict.ServerKeeps, latest.Key, rows)
            : new(listed, Verdict.Prove, latest.Key, rows);
    }

    /// <summary>The generation that a message gets which is none of the known ones.</summary>
    internal static RowKey Next(string uniqueId, IReadOnlyList<LedgerRow> rows) => new(uniqueId, rows.Count == 0 ? 0 : rows[^1].Generation + 1);

    /// <summary>Whether a stored message may leave the server; <c>deleteAfter</c> counts from our first sight of it.</summary>
    internal static bool MayRemove(Mailbox mailbox, DateTimeOffset firstSeen, DateTimeOffset now) =>
        mailbox.Delete && (mailbox.DeleteAfter is not { } wait || now - firstSeen >= wait);

    static Verdict Pending(ListedMessage listed, LedgerRow row, Mailbox mailbox, IReadOnlySet<string> failed) =>
        row.Quarantined ? Verdict.Quarantined
        : failed.Contains(row.UniqueId) ? Verdict.Failed
        : Unread(listed, mailbox, row.Attempts > 0 ? Verdict.Retry : Verdict.Fetch);

    static Verdict Unread(ListedMessage listed, Mailbox mailbox, Verdict verdict) =>
        IsOversize(listed, mailbox) ? Verdict.Oversize : verdict;

    /// <summary>Whether the message is larger, by LIST, than the mailbox allows.</summary>
    internal static bool IsOversize(ListedMessage listed, Mailbox mailbox) => mailbox.MaxMessageOctets > 0 && listed.Octets > mailbox.MaxMessageOctets;

    /// <summary>The name under which a poll remembers that a message failed: its unique-id, or its place where it has none.</summary>
    internal static string FailedName(ListedMessage listed) => listed.UniqueId ?? $" {listed.Number}/{listed.Octets}";

    /// <summary>Unique-ids that stand twice in the listing, and all of them where they are nothing but the message-numbers (they shift with each deletion).</summary>
    static HashSet<string> Ambiguous(MaildropListing listing)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var twice = new HashSet<string>(StringComparer.Ordinal);
        var numbersOnly = listing.Messages.Count >= 2;
        foreach (var listed in listing.Messages)
        {
            if (listed.UniqueId is not { } uniqueId)
            {
                numbersOnly = false;
                continue;
            }
            if (!seen.Add(uniqueId))
                twice.Add(uniqueId);
            numbersOnly = numbersOnly && uniqueId == listed.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        return numbersOnly ? seen : twice;
    }

    /// <summary>With nothing else to do, the failed message with the fewest attempts has this session for itself: it can hold back nobody's commit.</summary>
    static void LetOneFailedMessageTry(List<PlannedMessage> messages)
    {
        if (messages.Exists(message => message.Verdict is Verdict.Fetch or Verdict.Identify or Verdict.Prove or Verdict.Delete))
            return;
        var solo = messages.Where(message => message.Verdict == Verdict.Retry).MinBy(message => message.Row!.Attempts);
        if (solo is not null)
            messages[messages.IndexOf(solo)] = solo with { Verdict = Verdict.Fetch };
    }

    /// <summary>What has to be identified first may turn out to be stored already: it counts only when it does not (<see cref="MessageProofs"/>).</summary>
    static void KeepWithin(FetchBudget budget, List<PlannedMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            if (messages[i].Verdict == Verdict.Fetch && !budget.Admits(messages[i].Listed.Octets))
                messages[i] = messages[i] with { Verdict = Verdict.Later };
    }

    /// <summary>A message known by its content only is not missed while any listed message has no unique-id: it may be that one.</summary>
    static List<LedgerRow> NoLongerListed(MaildropListing listing, IReadOnlyList<LedgerRow> rows)
    {
        var listed = listing.Messages.Where(message => message.UniqueId is not null).Select(message => message.UniqueId!).ToHashSet(StringComparer.Ordinal);
        var anonymous = listing.Messages.Any(message => message.UniqueId is null);
        return [.. rows.Where(row => (row.State != MessageState.Gone || row.DeletingAt > row.GoneAt) && !listed.Contains(row.UniqueId) && !(anonymous && ContentId.Is(row.UniqueId)))];
    }
}
