using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>Every decision of a poll, as a table: listing and ledger in, verdicts out.</summary>
public class PollPlanTests
{
    static readonly Mailbox Plain = A.Mailbox();

    static PollPlan Decide(MaildropListing listing, LedgerRow[] rows, Mailbox? mailbox = null, FetchBudget? budget = null, string[]? failed = null, bool alone = false, DateTimeOffset? now = null) =>
        PollPlan.Decide(listing, rows, mailbox ?? Plain, budget ?? new FetchBudget(0, 0), new HashSet<string>(failed ?? []), alone, now ?? A.Noon);

    static Verdict[] Verdicts(PollPlan plan) => [.. plan.Messages.Select(message => message.Verdict)];

    [Fact]
    public void A_new_unique_id_is_fetched_as_its_first_generation()
    {
        var plan = Decide(A.Listing(("a", 100)), []);
        Assert.Equal(Verdict.Fetch, plan.Messages[0].Verdict);
        Assert.Equal(new RowKey("a", 0), plan.Messages[0].Key);
    }

    [Fact]
    public void A_message_seen_and_not_stored_is_fetched_again_under_the_same_row() =>
        Assert.Equal([Verdict.Fetch], Verdicts(Decide(A.Listing(("a", 100)), [A.Seen("a")])));

    [Fact]
    public void A_message_that_failed_before_waits_until_the_good_ones_are_done() =>
        Assert.Equal([Verdict.Retry, Verdict.Fetch], Verdicts(Decide(A.Listing(("bad", 100), ("good", 100)), [A.Seen("bad", attempts: 1)])));

    [Fact]
    public void A_message_that_failed_before_waits_for_a_pending_delete_too() =>
        Assert.Equal([Verdict.Retry, Verdict.Delete], Verdicts(Decide(A.Listing(("bad", 100), ("old", 100)), [A.Seen("bad", attempts: 1), A.Stored("old")])));

    [Fact]
    public void With_nothing_else_to_do_one_failed_message_has_the_session_for_itself_the_one_with_the_fewest_attempts() =>
        Assert.Equal([Verdict.Retry, Verdict.Fetch], Verdicts(Decide(A.Listing(("worse", 100), ("bad", 100)), [A.Seen("worse", attempts: 3), A.Seen("bad", attempts: 1)])));

    [Fact]
    public void When_its_turn_has_come_a_failed_message_is_alone_in_its_session_whatever_else_there_is_to_do() =>
        Assert.Equal([Verdict.Fetch, Verdict.Later, Verdict.Later, Verdict.Keep], Verdicts(Decide(
            A.Listing(("bad", 100), ("new", 100), ("again", 100), ("kept", 100)),
            [A.Seen("bad", attempts: 1), A.Deleting("again"), A.Stored("kept", firstSeen: A.Noon.AddDays(1))],
            Plain with { DeleteAfter = TimeSpan.FromDays(1) }, alone: true)));

    [Fact]
    public void A_message_that_failed_in_this_poll_is_left_to_the_next() =>
        Assert.Equal([Verdict.Failed, Verdict.Fetch], Verdicts(Decide(A.Listing(("bad", 100), ("good", 100)), [A.Seen("bad", attempts: 1)], failed: ["bad"])));

    [Fact]
    public void A_quarantined_message_is_left_alone() =>
        Assert.Equal([Verdict.Quarantined], Verdicts(Decide(A.Listing(("bad", 100)), [A.Seen("bad", attempts: 5, quarantined: true)])));

    [Fact]
    public void A_stored_message_of_the_same_size_is_deleted_without_a_RETR() =>
        Assert.Equal([Verdict.Delete], Verdicts(Decide(A.Listing(("a", 100)), [A.Stored("a")])));

    [Fact]
    public void A_stored_unique_id_with_another_size_is_fetched_as_a_new_generation()
    {
        var plan = Decide(A.Listing(("a", 101)), [A.Stored("a")]);
        Assert.Equal(Verdict.Fetch, plan.Messages[0].Verdict);
        Assert.Equal(new RowKey("a", 1), plan.Messages[0].Key);
    }

    [Theory]
    [InlineData("deleting")]
    [InlineData("gone")]
    public void A_message_listed_again_after_its_DELE_is_proven_before_anything_else(string state)
    {
        var row = state == "gone" ? A.Gone("a") : A.Deleting("a");
        Assert.Equal([Verdict.Prove], Verdicts(Decide(A.Listing(("a", 100)), [row])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_message_stored_by_a_session_that_fell_out_of_step_is_proven_kept_or_not(bool delete) =>
        Assert.Equal([Verdict.Prove], Verdicts(Decide(A.Listing(("a", 100)), [A.Stored("a") with { Attempts = 1 }], Plain with { Delete = delete })));

    [Fact]
    public void What_has_to_be_identified_counts_against_no_limit_until_it_is() =>
        Assert.Equal([Verdict.Identify, Verdict.Identify, Verdict.Fetch, Verdict.Later],
            Verdicts(Decide(A.Listing((null, 100), (null, 100), ("b", 100), ("c", 100)), [], budget: new FetchBudget(1, 0))));

    [Fact]
    public void After_three_rounds_of_DELE_the_server_is_taken_to_keep_its_mail() =>
        Assert.Equal([Verdict.ServerKeeps], Verdicts(Decide(A.Listing(("a", 100)), [A.Deleting("a", rounds: 3)])));

    [Fact]
    public void A_kept_message_whose_size_changes_is_looked_at_again_for_the_unique_id_may_have_been_used_for_another() =>
        Assert.Equal([Verdict.Prove], Verdicts(Decide(A.Listing(("a", 200)), [A.Deleting("a", rounds: 3)])));

    [Fact]
    public void A_unique_id_that_stands_twice_in_the_listing_is_identified_by_content_even_when_it_is_stored() =>
        Assert.Equal([Verdict.Identify, Verdict.Identify, Verdict.Fetch], Verdicts(Decide(A.Listing(("a", 100), ("a", 100), ("b", 100)), [A.Stored("a")])));

    [Fact]
    public void A_message_without_a_unique_id_is_identified_by_content() =>
        Assert.Equal([Verdict.Identify, Verdict.Fetch], Verdicts(Decide(A.Listing((null, 100), ("b", 100)), [])));

    [Fact]
    public void Unique_ids_that_are_only_the_message_numbers_say_nothing() =>
        Assert.Equal([Verdict.Identify, Verdict.Identify], Verdicts(Decide(A.Listing(("1", 100), ("2", 100)), [A.Stored("1"), A.Stored("2")])));

    [Fact]
    public void Not_even_a_single_message_whose_unique_id_is_1_is_believed() =>
        Assert.Equal([Verdict.Identify], Verdicts(Decide(A.Listing(("1", 100)), [A.Stored("1")])));

    [Fact]
    public void Unique_ids_are_compared_octet_by_octet() =>
        Assert.Equal([Verdict.Fetch], Verdicts(Decide(A.Listing(("ABC", 100)), [A.Stored("abc")])));

    [Fact]
    public void With_delete_off_a_stored_message_stays() =>
        Assert.Equal([Verdict.Keep], Verdicts(Decide(A.Listing(("a", 100)), [A.Stored("a")], Plain with { Delete = false })));

    [Fact]
    public void DeleteAfter_counts_from_our_first_sight_of_the_message()
    {
        var mailbox = Plain with { DeleteAfter = TimeSpan.FromDays(7) };
        LedgerRow[] rows = [A.Stored("a", firstSeen: A.Noon)];
        Assert.Equal([Verdict.Keep], Verdicts(Decide(A.Listing(("a", 100)), rows, mailbox, now: A.Noon.AddDays(7).AddMilliseconds(-1))));
        Assert.Equal([Verdict.Delete], Verdicts(Decide(A.Listing(("a", 100)), rows, mailbox, now: A.Noon.AddDays(7))));
    }

    [Fact]
    public void A_message_above_the_size_limit_is_not_fetched_and_one_already_stored_is_still_deleted() =>
        Assert.Equal([Verdict.Oversize, Verdict.Delete, Verdict.Fetch],
            Verdicts(Decide(A.Listing(("new", 101), ("stored", 101), ("fits", 100)), [A.Stored("stored", 101)], Plain with { MaxMessageOctets = 100 })));

    [Fact]
    public void A_budget_of_messages_leaves_the_rest_to_the_next_session_but_not_what_is_only_to_be_deleted() =>
        Assert.Equal([Verdict.Fetch, Verdict.Fetch, Verdict.Later, Verdict.Delete],
            Verdicts(Decide(A.Listing(("a", 1), ("b", 1), ("c", 1), ("d", 100)), [A.Stored("d")], budget: new FetchBudget(2, 0))));

    [Fact]
    public void A_budget_of_octets_admits_the_first_message_however_large_it_is() =>
        Assert.Equal([Verdict.Fetch, Verdict.Later], Verdicts(Decide(A.Listing(("a", 1000), ("b", 1)), [], budget: new FetchBudget(0, 100))));

    [Fact]
    public void Rows_that_a_complete_listing_no_longer_shows_are_gone()
    {
        var plan = Decide(A.Listing(("c", 100)), [A.Stored("a"), A.Deleting("b"), A.Stored("c"), A.Seen("d"), A.Gone("e")]);
        Assert.Equal(["a", "b", "d"], plan.Gone.Select(row => row.UniqueId));
    }

    [Fact]
    public void A_message_known_by_content_is_not_missed_while_a_listed_one_has_no_unique_id()
    {
        var byContent = A.Stored(ContentId.Of("ab"));
        Assert.Empty(Decide(A.Listing((null, 100)), [byContent]).Gone);
        Assert.Single(Decide(A.Listing(("a", 100)), [byContent]).Gone);
    }

    [Fact]
    public void A_message_that_vanished_unstored_and_is_listed_again_is_fetched_as_another_generation()
    {
        var vanished = A.Seen("a") with { State = MessageState.Gone };
        var message = Decide(A.Listing(("a", 100)), [vanished]).Messages[0];
        Assert.Equal((Verdict.Fetch, new RowKey("a", 1)), (message.Verdict, message.Key));
    }
}
