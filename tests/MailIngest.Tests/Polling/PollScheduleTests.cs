using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>The ticks of cron expressions, in their time zone and on the days when its clocks change.</summary>
public sealed class PollScheduleTests
{
    [Theory]
    [InlineData("0 2 * * *", "2026-06-01T12:00:00Z", "2026-06-02T00:00:00Z")]   // 02:00 in summer is 00:00Z
    [InlineData("0 2 * * *", "2026-12-01T12:00:00Z", "2026-12-02T01:00:00Z")]   // and 01:00Z in winter
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]  // 02:30 does not exist on that day: 03:00
    [InlineData("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]  // and not once more on that day
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]  // 02:30 exists twice: the first
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]  // and not the second
    [InlineData("*/15 * * * *", "2026-06-01T12:00:00Z", "2026-06-01T12:15:00Z")] // strictly after
    [InlineData("0 6 * * 0", "2026-06-01T12:00:00Z", "2026-06-07T04:00:00Z")]   // Sunday is 0
    [InlineData("0 6 * * 7", "2026-06-01T12:00:00Z", "2026-06-07T04:00:00Z")]   // and 7
    [InlineData("0 0 13 * 5", "2026-06-01T12:00:00Z", "2026-06-04T22:00:00Z")]  // crontab(5): the 13th or a Friday
    public void Ticks_follow_the_zone_and_its_clock_changes(string cron, string after, string tick) =>
        Assert.Equal(At(tick), PollSchedule.TickAfter(new(cron, null, TimeZoneInfo.FindSystemTimeZoneById("Europe/Zurich")), At(after)));

    static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
