using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>What <c>once --dry-run</c> prints.</summary>
public class PlanTextTests
{
    static string[] Lines(Mailbox mailbox, MaildropListing listing, params LedgerRow[] rows)
    {
        var plan = PollPlan.Decide(listing, rows, mailbox, new FetchBudget(2, 0), new HashSet<string>(), alone: false, A.Noon);
        return [.. plan.Messages.Select(message => PlanText.Of(message, mailbox)), PlanText.Summary(plan, mailbox)];
    }

    [Fact]
    public void Each_message_is_told_with_what_would_happen_and_why_and_a_line_sums_up() =>
        Assert.Equal(
            [
                "would fetch      1           100 octets  new: new; then it is deleted from the server",
                "would delete     2           100 octets  stored: is stored; its blob is looked for first, and its header compared where the server has TOP",
                "would leave      3           100 octets  aside: is quarantined until somebody releases it: refused",
                "would leave      4           100 octets  seeded: was seeded: stored elsewhere, never fetched and never deleted",
                "would look       5           100 octets  again: was stored before and is listed again: header or content tells whether it is the same message; if not, it is fetched",
                "would fetch      6           101 octets  reused: another message than those known under its unique-id; then it is deleted from the server",
                "would leave      7           100 octets  more: is beyond a limit of this session (maxMessagesPerSession, maxBytesPerSession, commitEvery); a later one takes it",
                "would look       8           100 octets  (no unique-id): has no unique-id of its own: its content tells whether it is stored; if not, it is fetched, and then it is deleted from the server",
                "would leave      9           100 octets  bad: failed 2 times: tried again by itself, once the others are done",
                "sales: listed 9: would fetch 2, would delete 1, would look at 2, would leave 4; nothing was fetched, deleted or written",
            ],
            Lines(A.Mailbox(),
                A.Listing(("new", 100), ("stored", 100), ("aside", 100), ("seeded", 100), ("again", 100), ("reused", 101), ("more", 100),
                    (null, 100), ("bad", 100)),
                A.Stored("stored"), A.Seen("aside", attempts: 5, quarantined: true), A.Seeded("seeded"), A.Deleting("again"),
                    A.Stored("reused"), A.Seen("bad", attempts: 2)));

    [Fact]
    public void Where_mail_stays_the_reason_is_told()
    {
        Assert.Contains("delete is false", Lines(A.Mailbox() with { Delete = false }, A.Listing(("a", 100)), A.Stored("a"))[0],
            StringComparison.Ordinal);
        Assert.Contains("deleteAfter is not over before 2026-06-08", Lines(
            A.Mailbox() with { DeleteAfter = TimeSpan.FromDays(7) }, A.Listing(("a", 100)), A.Stored("a"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_becomes_of_a_message_after_it_is_stored_is_told()
    {
        Assert.EndsWith("new; then it stays on the server (delete is false)", Lines(A.Mailbox() with { Delete = false }, A.Listing(("a", 100)))[0],
            StringComparison.Ordinal);
        Assert.EndsWith("new; then it stays on the server for 7.00:00:00 after its first sight",
            Lines(A.Mailbox() with { DeleteAfter = TimeSpan.FromDays(7) }, A.Listing(("a", 100)))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_failed_and_has_its_turn_is_told_with_how_often() =>
        Assert.Contains("would fetch      1           100 octets  bad: failed 2 times and is tried again; then it is deleted from the server",
            Lines(A.Mailbox(), A.Listing(("bad", 100)), A.Seen("bad", attempts: 2)));

    [Fact]
    public void A_unique_id_cannot_break_the_terminal() =>
        Assert.DoesNotContain('\e', Lines(A.Mailbox(), A.Listing(("\e[2J", 100)))[0]);

    [Fact]
    public void Every_verdict_has_its_words()
    {
        foreach (var verdict in Enum.GetValues<Verdict>())
            Assert.Matches("^would (fetch|delete|look|leave) .*: .+$", PlanText.Of(new(new(1, 100, "a"), verdict, null, []), A.Mailbox()));
    }
}
