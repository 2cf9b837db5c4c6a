using MailIngest.Auditing;
using MailIngest.Ledger;
using MailIngest.Polling;
using Xunit;
using static MailIngest.Auditing.HistoryEvent;

namespace MailIngest.Tests.Auditing;

/// <summary>The checker itself sees every breach, and cries at nothing that is right. A checker that cannot fail proves nothing.</summary>
public class HistoryTests
{
    static readonly RowKey Row = new("uid", 0);

    [Fact]
    public void A_message_that_is_stored_and_then_removed_is_as_promised() =>
        Assert.Empty(Breaches(new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new Removed("m", ByUs: true)));

    [Fact]
    public void A_message_that_is_removed_before_it_is_stored_is_lost_however_soon_the_blob_follows() =>
        Assert.Equal([Breach.Lost], Breaches(new Accepted("m", "a"), new Removed("m", ByUs: true), new Created("b", "a")));

    [Fact]
    public void What_another_hand_removes_is_not_ours_to_keep() =>
        Assert.Empty(Breaches(new Accepted("m", "a"), new Removed("m", ByUs: false)));

    [Fact]
    public void A_second_copy_is_one_too_many() =>
        Assert.Equal([Breach.Twice], Breaches(new Accepted("m", "a"), new Created("b", "a"), new Created("c", "a")));

    [Fact]
    public void Two_equal_messages_may_have_two_copies_or_one()
    {
        Assert.Empty(Breaches(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a"), new Created("c", "a")));
        Assert.Empty(Breaches(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a"),
            new Removed("m", ByUs: true), new Removed("n", ByUs: true)));
    }

    [Fact]
    public void A_variant_is_the_same_message_and_two_variants_are_two_copies_of_it() =>
        Assert.Equal([Breach.Twice],
            Breaches(new Accepted("m", "a"), new Varied("m", "a2"), new Created("b", "a2"), new Created("c", "a")));

    [Fact]
    public void A_blob_that_no_server_has_sent_is_forged() =>
        Assert.Equal([Breach.Forged], Breaches(new Accepted("m", "a"), new Created("b", "other")));

    [Fact]
    public void A_blob_that_changes_is_forged() =>
        Assert.Equal([Breach.Forged],
            Breaches(new Accepted("m", "a"), new Accepted("n", "z"), new Created("b", "a"), new Created("b", "z")));

    [Fact]
    public void A_message_that_comes_back_may_be_removed_again_and_not_stored_again() =>
        Assert.Equal([Breach.Twice],
            Breaches(new Accepted("m", "a"), new Created("b", "a"), new Removed("m", ByUs: true), new Returned("m"),
                new Removed("m", ByUs: true), new Created("c", "a")));

    [Fact]
    public void A_blob_that_somebody_takes_away_may_be_stored_again()
    {
        Assert.Empty(Breaches(new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new Taken("b"), new Created("b", "a"),
            new Removed("m", ByUs: true)));
        Assert.Empty(Breaches(new Accepted("m", "a"), new Created("b", "a"), new Taken("b"), new Removed("m", ByUs: true)));
    }

    [Fact]
    public void A_blob_that_an_accident_destroys_has_to_be_stored_again_before_its_message_may_leave()
    {
        HistoryEvent[] accident = [new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new Destroyed("b", ByUs: false)];
        Assert.Empty(Breaches([.. accident, new Created("b", "a"), new Removed("m", ByUs: true)]));
        Assert.Equal([Breach.Lost], Breaches([.. accident, new Removed("m", ByUs: true)]));
        Assert.Equal([Breach.Unbacked], Breaches([.. accident, new Recorded(Row, MessageState.Deleting, "b", "a")]));
        Assert.Empty(Breaches([.. accident, new Removed("m", ByUs: false), new Recorded(Row, MessageState.Gone, "b", "a")]));
    }

    [Fact]
    public void A_blob_that_we_destroy_is_lost_even_when_its_message_left_long_ago()
    {
        Assert.Equal([Breach.Lost], Breaches(new Accepted("m", "a"), new Created("b", "a"), new Removed("m", ByUs: true),
            new Destroyed("b", ByUs: true)));
        Assert.Empty(Breaches(new Accepted("m", "a"), new Created("b", "a"), new Removed("m", ByUs: true),
            new Destroyed("b", ByUs: false)));
    }

    [Fact]
    public void Where_equal_messages_are_told_apart_each_needs_its_own_copy()
    {
        Assert.Equal([Breach.Lost, Breach.Unstored], Apart(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a"),
            new Removed("m", ByUs: true), new Removed("n", ByUs: true)));
        Assert.Empty(Apart(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a"), new Created("c", "a"),
            new Removed("m", ByUs: true), new Removed("n", ByUs: true)));
        Assert.Empty(Apart(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a"), new Created("c", "a"),
            new Removed("m", ByUs: true), new Returned("m"), new Removed("n", ByUs: true), new Removed("m", ByUs: true)));
        Assert.Equal([Breach.Unstored], Apart(new Accepted("m", "a"), new Accepted("n", "a"), new Created("b", "a")));

        static IEnumerable<Breach> Apart(params HistoryEvent[] events)
        {
            var history = new History { EqualsShareBlobs = false };
            foreach (var happened in events)
                history.Add(happened);
            return history.Settle(_ => false).Select(violation => violation.Kind);
        }
    }

    [Theory]
    [InlineData(MessageState.Stored), InlineData(MessageState.Deleting), InlineData(MessageState.Gone)]
    public void A_row_that_names_a_blob_needs_it(MessageState state)
    {
        Assert.Equal([Breach.Unbacked], Breaches(new Recorded(Row, state, "b", "a")));
        Assert.Equal([Breach.Unbacked],
            Breaches(new Accepted("m", "z"), new Created("b", "z"), new Recorded(Row, state, "b", "a")));
    }

    [Theory]
    [InlineData(MessageState.Stored), InlineData(MessageState.Deleting)]
    public void A_row_that_says_stored_names_a_blob(MessageState state) =>
        Assert.Equal([Breach.Unbacked], Breaches(new Recorded(Row, state, null, null)));

    [Fact]
    public void A_blob_that_was_taken_and_stored_again_is_looked_at_again() =>
        Assert.Equal([Breach.Unbacked], Breaches(new Accepted("m", "a"), new Accepted("n", "z"), new Created("b", "a"), new Taken("b"),
            new Created("b", "z"), Stored("b", "a")));

    [Theory]
    [InlineData(MessageState.Seen, true), InlineData(MessageState.Stored, true), InlineData(MessageState.Gone, false)]
    public void Only_what_is_gone_may_be_forgotten(MessageState state, bool breaks) =>
        Assert.Equal(breaks ? [Breach.Backwards] : Array.Empty<Breach>(), Breaches(new Accepted("m", "a"), new Created("b", "a"),
            new Recorded(Row, state, state == MessageState.Seen ? null : "b", state == MessageState.Seen ? null : "a"), new Forgotten(Row)));

    [Fact]
    public void A_poll_whose_account_does_not_add_up_is_a_breach()
    {
        Assert.Equal([Breach.Unbalanced], Breaches(new Polled(new PollCounts { Listed = 2, Fetched = 1 })));
        Assert.Equal([Breach.Unbalanced], Breaches(new Polled(new PollCounts { Reconciles = false })));
        Assert.Empty(Breaches(new Polled(new PollCounts
        {
            Listed = 21, Fetched = 1, StoredEarlier = 2, Skipped = 3, Quarantined = 4, Failed = 5, Left = 6,
        })));
    }

    [Fact]
    public void A_row_never_goes_back_unless_the_ledger_was_replaced()
    {
        Assert.Equal([Breach.Backwards],
            Breaches(new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new Recorded(Row, MessageState.Seen, "b", "a")));
        Assert.Equal([Breach.Backwards],
            Breaches(new Accepted("m", "a"), new Created("b", "a"), new Recorded(Row, MessageState.Gone, "b", "a"),
                new Recorded(Row, MessageState.Gone, null, null)));
        Assert.Empty(Breaches(new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new LedgerReplaced(),
            new Recorded(Row, MessageState.Seen, null, null)));
    }

    [Fact]
    public void At_the_end_everything_is_stored_or_excused()
    {
        var history = new History();
        history.Add(new Accepted("stored", "a"));
        history.Add(new Created("b", "a"));
        history.Add(new Accepted("aside", "b"));
        history.Add(new Accepted("elsewhere", "c"));
        history.Add(new Removed("elsewhere", ByUs: false));
        history.Add(new Accepted("forgotten", "d"));
        history.Add(new Accepted("consumed", "e"));
        history.Add(new Created("c", "e"));
        history.Add(new Taken("c"));

        var breach = Assert.Single(history.Settle(message => message == "aside"));
        Assert.Equal((Breach.Unstored, "forgotten"), (breach.Kind, breach.Subject));
        Assert.Empty(history.Violations);
    }

    static Recorded Stored(string blob, string sha256) => new(Row, MessageState.Stored, blob, sha256);

    static IEnumerable<Breach> Breaches(params HistoryEvent[] events)
    {
        var history = new History();
        foreach (var happened in events)
            history.Add(happened);
        return history.Violations.Select(violation => violation.Kind);
    }
}
