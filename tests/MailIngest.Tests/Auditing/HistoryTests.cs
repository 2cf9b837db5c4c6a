using MailIngest.Auditing;
using MailIngest.Ledger;
using Xunit;
using static MailIngest.Auditing.HistoryEvent;

namespace MailIngest.Tests.Auditing;

/// <summary>The checker itself: it sees every breach, and cries at nothing that is right. A checker that cannot fail proves nothing.</summary>
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

    [Theory]
    [InlineData(MessageState.Stored), InlineData(MessageState.Deleting)]
    public void A_row_that_says_stored_needs_its_blob(MessageState state)
    {
        Assert.Equal([Breach.Unbacked], Breaches(new Recorded(Row, state, "b", "a")));
        Assert.Equal([Breach.Unbacked], Breaches(new Recorded(Row, state, null, null)));
        Assert.Equal([Breach.Unbacked],
            Breaches(new Accepted("m", "z"), new Created("b", "z"), new Recorded(Row, state, "b", "a")));
    }

    [Fact]
    public void A_row_never_goes_back_unless_the_ledger_was_replaced()
    {
        Assert.Equal([Breach.Backwards],
            Breaches(new Accepted("m", "a"), new Created("b", "a"), Stored("b", "a"), new Recorded(Row, MessageState.Seen, "b", "a")));
        Assert.Equal([Breach.Backwards],
            Breaches(new Recorded(Row, MessageState.Gone, "b", "a"), new Recorded(Row, MessageState.Gone, null, null)));
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
