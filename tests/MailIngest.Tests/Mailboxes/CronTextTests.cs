using MailIngest.Mailboxes;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

public class CronTextTests
{
    [Theory]
    [InlineData("* * * * *")]
    [InlineData("*/15 * * * *")]
    [InlineData("0,30 8-18/2 1,15 JAN-mar mon-FRI")]
    [InlineData("5/10 * * * 7")]
    [InlineData("0 0 29 2 *")]
    [InlineData("0 0 31 2,3 *")]
    [InlineData("0 0 31 2 1")]
    public void A_good_expression_stays_as_it_is(string text) => Assert.Equal(text, CronText.Parse(text, out _));

    [Theory]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("@Hourly", "0 * * * *")]
    [InlineData(" 1\t2  3 4 5 ", "1 2 3 4 5")]
    public void Nicknames_and_spaces_are_made_regular(string text, string cron) => Assert.Equal(cron, CronText.Parse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("*/-5 * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("1/2/3 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("1, * * * *")]
    [InlineData("* * L * *")]
    [InlineData("* * ? * *")]
    [InlineData("* * * FOO *")]
    [InlineData("@reboot")]
    [InlineData("0 0 31 4,6 *")]
    public void A_wrong_expression_has_a_complaint(string text)
    {
        Assert.Null(CronText.Parse(text, out var complaint));
        Assert.NotNull(complaint);
    }
}
