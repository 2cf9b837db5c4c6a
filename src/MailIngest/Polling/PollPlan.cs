using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What one session does, message by message: decided from the listing, the ledger and the mailbox's policy, without any input or output.
/// Doubt is resolved towards storing: a message is deleted without a RETR only when its unique-id, its size and its history leave no doubt.
/// </summary>
/// <param name="Messages">One entry for each listed message, in the order of the listing.</param>
/// <param name="Gone">Rows that this complete listing no longer shows.</param>
/// <param name="EverythingRenamed">None of the messages that should be there are, and all that are there are new: the server gave every
/// message another unique-id (a migration). Their bytes will tell.</param>
public sealed record PollPlan(IReadOnlyList<PlannedMessage> Messages, IReadOnlyList<LedgerRow> Gone, bool EverythingRenamed)
{
    /// <summary>What is plainly new.</summary>
    public IReadOnlyList<PlannedMessage> ToFetch => [.. Messages.Where(message => message.Verdict == Verdict.Fetch)];

    /// <summary>Some message is to be fetched, or may turn out to be.</summary>
    public bool MayFetch => Messages.Any(IsWork);

    /// <summary>This session is for one message that failed before.</summary>
    public bool OneFailedTries { get; private init; }

    /// <summary>After so many DELEs that the server answered and did not carry out, we stop asking.</summary>
    public const int DeleteRounds = 3;

    /// <summary>How long: the rounds may have failed on their way to the server, and a server may be mended.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromDays(1);

    /// <param name="listing">A complete listing. Messages that it only counts are settled: they are kept, or seeded, and have no entry.</param>
    /// <param name="rows">Every row of the mailbox, or those that <see cref="PresentMessages.Touched"/> names.</param>
    /// <param name="mailbox">Its policy.</param>
    /// <param name="budget">How much this session may fetch.</param>
    /// <param name="failed">Unique-ids that failed earlier in this poll.</param>
    /// <param name="alone">This session is for one message that failed before, and for nothing else.</param>
    /// <param name="now">For <c>deleteAfter</c>.</param>
    public static PollPlan Decide(
        MaildropListing listing, IReadOnlyList<LedgerRow> rows, Mailbox mailbox, FetchBudget budget, IReadOnlySet<string> failed,
        bool alone,
        DateTimeOffset now)
    {
        var known = rows.GroupBy(row => row.UniqueId, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key, group => (IReadOnlyList<LedgerRow>)[.. group.OrderBy(row => row.Generation)], StringComparer.Ordinal);
        var ambiguous = Ambiguous(listing);

        var messages = new List<PlannedMessage>(listing.Messages.Count);
        foreach (var listed in listing.Messages)
            messages.Add(Judge(listed, known, ambiguous, mailbox, failed, now));

        var oneTries = LetOneFailedMessageTry(messages, alone);
        KeepWithin(budget, messages);
        var gone = NoLongerListed(listing, rows);
        return new PollPlan(
            messages, gone,
            messages.Count > 0 && listing.Known == 0 && gone.Count(IsExpected) >= 3 && messages.TrueForAll(message => message.Rows.Count == 0))
        {
            OneFailedTries = oneTries,
        };
    }

    static PlannedMessage Judge(
        ListedMessage listed, Dictionary<string, IReadOnlyList<LedgerRow>> known, HashSet<string> ambiguous, Mailbox mailbox,
        IReadOnlySet<string> failed, DateTimeOffset now)
    {
        if (listed.UniqueId is not { } uniqueId || ambiguous.Contains(uniqueId))
            return Unidentified(listed, known, mailbox, failed);

        var rows = known.GetValueOrDefault(uniqueId, []);
        // Left alone as long as it looks the same. Another size: perhaps a new message under a used unique-id, and that one is to be
        // stored.
        if (rows.LastOrDefault(row => row is { Seeded: true, State: MessageState.Seen } && row.ListedOctets == listed.Octets) is { } seeded)
            return new(listed, Verdict.Seeded, seeded.Key, rows);

        if (rows.FirstOrDefault(row => row is { Seeded: false, State: MessageState.Seen }) is { } pending)
            return new(listed, Pending(listed, pending, mailbox, failed, Verdict.Fetch), pending.Key, rows) { Attempts = pending.Attempts };

        if (failed.Contains(uniqueId))
            return new(listed, Verdict.Failed, null, rows);

        if (rows.LastOrDefault(row => row.Stored is not null) is not { } latest)
            return new(listed, Unread(listed, mailbox, Verdict.Fetch), Next(uniqueId, rows), rows);

        // Stored and never deleted: unique-ids persist (RFC 1939 §7), so with the same size it is the same message.
        // Another size: perhaps a used unique-id under a new message. It is read, and compared with what is stored.
        // Stored by a session that fell out of step: the bytes may be those of another message, so it is proven like one that was deleted.
        if (rows.LastOrDefault(row => row.State == MessageState.Stored) is { } stored)
            return stored.IsInDoubt ? new(listed, Verdict.Prove, stored.Key, rows)
                : stored.ListedOctets == listed.Octets
                ? new(listed, MayRemove(mailbox, stored.FirstSeen, now) ? Verdict.Delete : Verdict.Keep, stored.Key, rows)
                : new(listed, Unread(listed, mailbox, Verdict.Fetch), Next(uniqueId, rows), rows);

        // A DELE was sent for every generation: lost QUIT, a server that keeps mail, or a new message under a used unique-id?
        var verdict = ServerKeeps(latest, now) && latest.ListedOctets == listed.Octets ? Verdict.ServerKeeps : Verdict.Prove;
        return new(listed, verdict, latest.Key, rows);
    }

    /// <summary>No unique-id, or an ambiguous one. Its failures are counted under its size: that is all that is known of it.</summary>
    static PlannedMessage Unidentified(
        ListedMessage listed, Dictionary<string, IReadOnlyList<LedgerRow>> known, Mailbox mailbox, IReadOnlySet<string> failed)
    {
        var failures = known.GetValueOrDefault(ContentId.OfSize(listed.Octets), []);
        if (failures.Count == 0)
            return new(listed, failed.Contains(FailedName(listed)) ? Verdict.Failed : Unread(listed, mailbox, Verdict.Identify), null, []);
        return new(listed, Pending(listed, failures[^1], mailbox, failed, Verdict.Identify), null, []) { Attempts = failures[^1].Attempts };
    }

    /// <summary>
    /// Whether the server has answered enough rounds of DELE and QUIT for this message, the last one less than a day ago.
    /// </summary>
    internal static bool ServerKeeps(LedgerRow row, DateTimeOffset now) =>
        row is { DeleteRounds: >= DeleteRounds, DeletingAt: { } last } && (now - last).Duration() < AskAgainAfter;

    /// <summary>The generation that a message gets which is none of the known ones.</summary>
    internal static RowKey Next(string uniqueId, IReadOnlyList<LedgerRow> rows) =>
        new(uniqueId, rows.Count == 0 ? 0 : rows[^1].Generation + 1);

    /// <summary>Whether a stored message may leave the server.</summary>
    internal static bool MayRemove(Mailbox mailbox, DateTimeOffset firstSeen, DateTimeOffset now) =>
        firstSeen <= RemovableUntil(mailbox, now);

    /// <summary>What was first seen then or before may leave the server; <c>deleteAfter</c> counts from our first sight of it.</summary>
    internal static DateTimeOffset RemovableUntil(Mailbox mailbox, DateTimeOffset now) =>
        !mailbox.Delete ? DateTimeOffset.MinValue
        : mailbox.DeleteAfter is not { } wait ? DateTimeOffset.MaxValue
        : wait < now - DateTimeOffset.MinValue ? now - wait // a configured wait may be longer than all of time
        : DateTimeOffset.MinValue;

    static Verdict Pending(ListedMessage listed, LedgerRow row, Mailbox mailbox, IReadOnlySet<string> failed, Verdict first) =>
        row.Quarantined ? Verdict.Quarantined
        : failed.Contains(FailedName(listed)) ? Verdict.Failed
        : Unread(listed, mailbox, row.Attempts > 0 ? Verdict.Retry : first);

    static Verdict Unread(ListedMessage listed, Mailbox mailbox, Verdict verdict) =>
        IsOversize(listed, mailbox) ? Verdict.Oversize : verdict;

    /// <summary>Whether the message is larger, by LIST, than the mailbox allows.</summary>
    internal static bool IsOversize(ListedMessage listed, Mailbox mailbox) =>
        mailbox.MaxMessageOctets > 0 && listed.Octets > mailbox.MaxMessageOctets;

    /// <summary>The name under which a poll remembers that a message failed: its unique-id, or its place where it has none.</summary>
    internal static string FailedName(ListedMessage listed) => listed.UniqueId ?? $" {listed.Number}/{listed.Octets}";

    /// <summary>
    /// Unique-ids that stand twice in the listing, and all of them where they are nothing but the message-numbers (they shift with each
    /// deletion).
    /// </summary>
    internal static HashSet<string> Ambiguous(MaildropListing listing)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var twice = new HashSet<string>(StringComparer.Ordinal);
        var numbersOnly = listing.Messages.Count > 0 && listing.Known == 0; // none of those is known
        foreach (var listed in listing.Messages)
        {
            if (listed.UniqueId is not { } uniqueId)
            {
                numbersOnly = false;
                continue;
            }
            if (!seen.Add(uniqueId))
                twice.Add(uniqueId);
            numbersOnly = numbersOnly && IsNumber(listed);
        }
        return numbersOnly ? seen : twice;
    }

    /// <summary>Whether a unique-id is nothing but the message-number.</summary>
    internal static bool IsNumber(ListedMessage listed) =>
        listed.UniqueId == listed.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static bool IsWork(PlannedMessage message) =>
        message.Verdict is Verdict.Fetch or Verdict.Identify or Verdict.Prove or Verdict.Delete or Verdict.ServerKeeps;

    /// <summary>
    /// The failed message with the fewest attempts has this session for itself, so that it can hold back nobody's commit: when its turn has
    /// come, or when there is nothing else to do.
    /// </summary>
    /// <returns>Whether there is such a message.</returns>
    static bool LetOneFailedMessageTry(List<PlannedMessage> messages, bool alone)
    {
        var solo = messages.Where(message => message.Verdict == Verdict.Retry).MinBy(message => message.Attempts);
        if (solo is null || (!alone && messages.Exists(IsWork)))
            return false;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Number == solo.Number)
                messages[i] = solo with { Verdict = solo.Key is null ? Verdict.Identify : Verdict.Fetch };
            else if (IsWork(messages[i]))
                messages[i] = messages[i] with { Verdict = Verdict.Later };
        }
        return true;
    }

    /// <summary>
    /// What has to be identified first may turn out to be stored already: it counts only when it does not (<see cref="MessageProofs"/>).
    /// </summary>
    static void KeepWithin(FetchBudget budget, List<PlannedMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            if (messages[i].Verdict == Verdict.Fetch && !budget.Admits(messages[i].Listed.Octets))
                messages[i] = messages[i] with { Verdict = Verdict.Later };
    }

    /// <summary>Whether every listed message has a unique-id.</summary>
    internal static bool AllNamed(MaildropListing listing) => listing.Messages.All(message => message.UniqueId is not null);

    /// <summary>Nothing is missed while any listed message has no unique-id: it may be that one.</summary>
    static List<LedgerRow> NoLongerListed(MaildropListing listing, IReadOnlyList<LedgerRow> rows)
    {
        if (!AllNamed(listing))
            return [];
        var listed = listing.Messages.Select(message => message.UniqueId!).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Where(row => (row.State != MessageState.Gone || row.DeletingAt > row.GoneAt) && !listed.Contains(row.UniqueId))];
    }

    /// <summary>
    /// Whether the message should still be there: no DELE was sent, or none that the server answered, or it was listed again after one.
    /// </summary>
    internal static bool IsExpected(LedgerRow row) =>
        row.State == MessageState.Stored || (row.State == MessageState.Deleting && row.DeleteRounds != 1);
}
