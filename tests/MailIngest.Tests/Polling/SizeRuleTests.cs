using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>When a message may be truncated, and how a server's sizes come to be believed less.</summary>
public class SizeRuleTests
{
    static readonly SizeRule Exact = new(true);
    static readonly SizeRule Inexact = new(false);

    [Theory]
    [InlineData(120, 120)]
    [InlineData(120, 122)] // a final CRLF that LIST did not count
    [InlineData(120, 180)] // LF sizes, an added blank line
    [InlineData(0, 2)]
    public void A_message_as_long_as_listed_or_longer_is_whole(long listed, long received) => Assert.Null(Exact.Doubt(listed, received, true));

    [Theory]
    [InlineData(120, 119)]
    [InlineData(42, 2)]
    [InlineData(3, 0)]
    public void A_message_shorter_than_listed_may_be_truncated(long listed, long received)
    {
        var doubt = Exact.Doubt(listed, received, true);
        Assert.Contains($"LIST said {listed} octets, RETR gave {received}", doubt);
    }

    [Fact]
    public void An_empty_message_is_never_believed() => Assert.NotNull(Inexact.Doubt(0, 0, true));

    [Fact]
    public void An_inexact_server_may_send_somewhat_less_than_listed_but_not_less_than_half_and_not_without_a_header()
    {
        Assert.Null(Inexact.Doubt(100, 50, true));
        Assert.NotNull(Inexact.Doubt(100, 49, true));
        Assert.NotNull(Inexact.Doubt(100, 99, false));
    }

    [Fact]
    public void A_new_server_is_believed() => Assert.True(SizeRule.For(SizeTrust.Auto, []).Exact);

    [Fact]
    public void Nineteen_wrong_sizes_are_not_enough_to_doubt_a_server_and_twenty_are()
    {
        Assert.True(SizeRule.For(SizeTrust.Auto, Wrong(19)).Exact);
        Assert.False(SizeRule.For(SizeTrust.Auto, Wrong(20)).Exact);
    }

    [Fact]
    public void Refused_short_messages_teach_as_well_as_stored_ones() =>
        Assert.False(SizeRule.For(SizeTrust.Auto, Enumerable.Range(0, 20).Select(i => A.Seen($"{i}", attempts: 1) with { ReceivedOctets = 90 })).Exact);

    [Fact]
    public void A_few_truncated_messages_among_many_whole_ones_do_not_make_a_server_inexact() =>
        Assert.True(SizeRule.For(SizeTrust.Auto, [.. Wrong(10), .. Enumerable.Range(0, 20).Select(i => A.Stored($"ok{i}", 100, received: 102))]).Exact);

    [Fact]
    public void Only_the_last_fifty_messages_count() =>
        Assert.True(SizeRule.For(SizeTrust.Auto,
            [.. Wrong(100), .. Enumerable.Range(0, 50).Select(i => A.Stored($"ok{i}", 100, firstSeen: A.Noon.AddDays(1)))]).Exact);

    [Theory]
    [InlineData(SizeTrust.Exact, true)]
    [InlineData(SizeTrust.Inexact, false)]
    public void What_the_operator_says_is_not_learned_over(SizeTrust configured, bool exact) => Assert.Equal(exact, SizeRule.For(configured, Wrong(40)).Exact);

    static IEnumerable<LedgerRow> Wrong(int count) => Enumerable.Range(0, count).Select(i => A.Stored($"{i}", 100, received: 95));
}
