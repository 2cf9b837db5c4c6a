using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>The line that an operator reads has to add up, over any number of sessions.</summary>
public class PollCountsTests
{
    [Fact]
    public void A_message_that_nobody_settled_was_left()
    {
        var session = new SessionTally(A.Listing(("a", 1), ("b", 1)));
        session.Fetched(1, 10);
        var counts = PollCounts.Of([session]);
        Assert.Equal((2, 1, 1, 10L), (counts.Listed, counts.Fetched, counts.Left, counts.Octets));
        Assert.False(session.IsComplete);
    }

    [Fact]
    public void What_one_session_fetched_and_the_next_lists_again_counts_once_as_fetched()
    {
        var first = new SessionTally(A.Listing(("a", 1), ("bad", 1), ("c", 1)));
        first.Fetched(1, 10);
        first.Settle(2, Outcome.Failed);
        var second = new SessionTally(A.Listing(("a", 1), ("bad", 1), ("c", 1)));
        second.Settle(1, Outcome.StoredEarlier);
        second.Settle(2, Outcome.Failed);
        second.Fetched(3, 5);
        var counts = PollCounts.Of([first, second]);
        Assert.Equal((3, 2, 0, 1, 0), (counts.Listed, counts.Fetched, counts.StoredEarlier, counts.Failed, counts.Left));
    }

    [Fact]
    public void What_needed_nothing_counts_as_stored_earlier_and_once_over_all_sessions()
    {
        var first = new SessionTally(A.Listing(("a", 1), ("b", 1)) with { Known = 5 });
        first.Fetched(1, 10);
        first.Settle(2, Outcome.Left);
        Assert.Equal((7, 1, 5, 1), Short(PollCounts.Of([first])));

        // The next session knows what the first one fetched, and another client has removed one of the others.
        var second = new SessionTally(A.Listing(("b", 1)) with { Known = 5 }) { KnownAgain = ["a"] };
        second.Fetched(1, 10);
        Assert.True(second.IsComplete);
        Assert.Equal((6, 2, 4, 0), Short(PollCounts.Of([first, second])));

        // What it left and the next one finds stored is stored.
        var third = new SessionTally(A.Listing() with { Known = 6 }) { KnownAgain = ["a", "b"] };
        Assert.Equal((6, 1, 5, 0), Short(PollCounts.Of([first, third])));

        static (int, int, int, int) Short(PollCounts counts)
        {
            Assert.True(counts.Balances);
            return (counts.Listed, counts.Fetched, counts.StoredEarlier, counts.Left);
        }
    }

    [Fact]
    public void Two_messages_with_one_unique_id_count_as_two()
    {
        var session = new SessionTally(A.Listing(("a", 1), ("a", 1)));
        session.Fetched(1, 10);
        session.Settle(2, Outcome.StoredEarlier);
        Assert.Equal(2, PollCounts.Of([session, session]).Listed);
    }

    [Fact]
    public void A_message_that_ended_in_two_ways_is_a_bug_and_shows()
    {
        var session = new SessionTally(A.Listing(("a", 1)));
        session.Fetched(1, 10);
        session.Settle(1, Outcome.Failed);
        Assert.False(PollCounts.Of([session]).Reconciles);
    }
}
