using MailIngest.Mailboxes;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>When a message may be truncated.</summary>
public class SizeRuleTests
{
    static readonly SizeRule Exact = new(SizeTrust.Exact);
    static readonly SizeRule Inexact = new(SizeTrust.Inexact);

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
}
