using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What seeding a mailbox marks: every listed message that is not stored here, so that no poll fetches it. A marked message has no durable
/// copy of ours, and so can never be deleted by us. Decided without any input or output.
/// </summary>
/// <param name="Marked">The rows to mark.</param>
/// <param name="Before">Messages that were marked before.</param>
/// <param name="Stored">Messages that are stored here: they are left to the polls.</param>
/// <param name="Unnamed">Messages without a unique-id of their own: these cannot be marked, and a poll would fetch them.</param>
public sealed record Seeding(IReadOnlyList<Sighting> Marked, int Before, int Stored, int Unnamed)
{
    /// <param name="listing">A complete listing.</param>
    /// <param name="rows">Every row of the mailbox.</param>
    /// <param name="mailbox">Its policy.</param>
    /// <param name="now">For <c>deleteAfter</c>.</param>
    public static Seeding Decide(MaildropListing listing, IReadOnlyList<LedgerRow> rows, Mailbox mailbox, DateTimeOffset now)
    {
        var ambiguous = PollPlan.Ambiguous(listing);
        var plan = PollPlan.Decide(listing, rows, mailbox, new FetchBudget(0, 0), new HashSet<string>(), alone: false, now);
        var (marked, before, stored, unnamed) = (new List<Sighting>(), 0, 0, 0);
        foreach (var message in plan.Messages)
        {
            if (message.Listed.UniqueId is not { } uniqueId || ambiguous.Contains(uniqueId))
                unnamed++;
            else if (message.Verdict == Verdict.Seeded)
                before++;
            else if (message.Verdict is Verdict.Delete or Verdict.Keep or Verdict.Prove or Verdict.ServerKeeps)
                stored++;
            else
            {
                marked.Add(new(uniqueId, message.Key!.Generation, message.Listed.Octets));
            }
        }
        return new(marked, before, stored, unnamed);
    }
}
