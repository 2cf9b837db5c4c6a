using System.Globalization;
using System.Text;
using MailIngest.Messages;
using Xunit;

namespace MailIngest.Tests.Messages;

/// <summary>Which day a message belongs to: its topmost Received, else its Date, in UTC, never by culture or clock.</summary>
public sealed class MailDateTests
{
    [Theory]
    [InlineData("Mon, 1 Jan 2024 12:00:00 +0000", "2024-01-01")]
    [InlineData("1 Jan 2024 12:00 GMT", "2024-01-01")]
    [InlineData("Mon, 1 Jan 2024 23:30:00 -0100", "2024-01-02")]
    [InlineData("Tue, 2 Jan 2024 00:30:00 +0100", "2024-01-01")]
    [InlineData("Sun, 31 Dec 2023 20:00:00 EST", "2024-01-01")]
    [InlineData("Sun, 31 Dec 2023 20:00:00 PDT (Pacific)", "2024-01-01")]
    [InlineData("Thu, 29 Feb 2024 00:00:00 Z", "2024-02-29")]
    [InlineData("  thu , 29 feb 2024 (a (nested) comment) 00:00:00 \r\n\t+0000 (UTC)", "2024-02-29")]
    [InlineData("Mon Jan  2 03:04:05 2006", "2006-01-02")]
    [InlineData("02-Jan-2006 03:04:05 -0700", "2006-01-02")]
    [InlineData("2 January 06 03:04:05 UT", "2006-01-02")]
    [InlineData("2 Jan 94 03:04:05 UT", "1994-01-02")]
    [InlineData("2 Jan 104 03:04:05 UT", "2004-01-02")]
    [InlineData("31 Dec 2016 23:59:60 +0000", "2016-12-31")]
    [InlineData("1 Jan 2024 25:00:00 +9999", "2024-01-01")]
    [InlineData("1 Jan 2024", "2024-01-01")]
    [InlineData("30 Feb 2024 00:00:00 +0000", null)]
    [InlineData("0 Jan 2024", null)]
    [InlineData("32 Jan 2024", null)]
    [InlineData("1 Foo 2024", null)]
    [InlineData("1 Jan 9999 23:00 -2359", null)]
    [InlineData("1 Jan 0001 00:00 +2359", null)]
    [InlineData("1 Jan", null)]
    [InlineData("yesterday", null)]
    [InlineData("(((((", null)]
    [InlineData("- + : , ::: -1 +-", null)]
    [InlineData("", null)]
    public void A_date_is_read_as_the_UTC_day(string text, string? day) => Assert.Equal(Day(day), MailDate.Day(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("Received: by a; 1 Jan 2024 00:00 GMT\r\nReceived: by b; 2 Jan 2024 00:00 GMT\r\nDate: 3 Jan 2024\r\n\r\n", "2024-01-01")]
    [InlineData("Date: 3 Jan 2024\r\nReceived: by a; x; y;\r\n 1 Jan 2024 00:00 GMT\r\n\r\n", "2024-01-01")]
    [InlineData("Received: by a, no date\r\nReceived: by b; 2 Jan 2024\r\nDate: 3 Jan 2024\r\n\r\n", "2024-01-03")]
    [InlineData("Received: by a; nonsense\r\nDate: 3 Jan 2024\r\n\r\n", "2024-01-03")]
    [InlineData("date: 3 Jan 2024\r\nDate: 4 Jan 2024\r\n\r\n", "2024-01-03")]
    [InlineData("Subject: none\r\n\r\nDate: 3 Jan 2024\r\n", null)]
    [InlineData("Date: 3 Jan 2024", "2024-01-03")]
    public void The_topmost_Received_decides_then_Date_then_nothing(string message, string? day)
    {
        using var digest = new MessageDigest();
        digest.Append(Encoding.Latin1.GetBytes(message));
        _ = digest.Sha256;

        Assert.Equal(Day(day), digest.Header.Date);
    }

    [Fact]
    public void A_text_too_long_for_a_date_is_none()
    {
        using var digest = new MessageDigest();
        digest.Append(Encoding.ASCII.GetBytes($"Date: 1 Jan 2024 ({new string('x', 600)})\r\n\r\n"));

        Assert.Null(digest.Header.Date);
    }

    [Fact]
    public void Noise_is_never_an_exception()
    {
        var random = new Random(7);
        var alphabet = "0123456789 :+-(),;JanFebESTZ\r\n\t\0\xFF"u8.ToArray();
        for (var n = 0; n < 50_000; n++)
        {
            var text = new byte[random.Next(40)];
            for (var i = 0; i < text.Length; i++)
                text[i] = alphabet[random.Next(alphabet.Length)];
            if (MailDate.Day(text) is { } day)
                Assert.InRange(day.Year, 1, 9999);
        }
    }

    static DateOnly? Day(string? text) => text is null ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
