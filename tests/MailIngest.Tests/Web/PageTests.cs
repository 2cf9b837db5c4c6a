using MailIngest.Ledger;
using MailIngest.Status;
using MailIngest.Web;
using Xunit;

namespace MailIngest.Tests.Web;

/// <summary>The words of the status page.</summary>
public sealed class PageTests
{
    static readonly DateTimeOffset Now = SampleStatus.Now;

    [Theory]
    [InlineData("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;")]
    [InlineData("a\r\nb\tc", @"a\r\nb\tc")]
    [InlineData("\u202egnp.exe", @"\u202egnp.exe")]
    [InlineData("\u2066\u200b\ufeff", @"\u2066\u200b\ufeff")]
    [InlineData("\u0000\u0007\u001b[31m", @"\x00\x07\x1b[31m")]
    [InlineData("&lt;", "&amp;lt;")]
    [InlineData("ü", "&#252;")]
    public void Whatever_a_server_wrote_is_text(string said, string shown) => Assert.Equal(shown, Html.Text(said));

    [Fact]
    public void A_long_text_is_cut() =>
        Assert.Equal(600, Html.Text(new string('x', 10_000)).Replace("…", "x", StringComparison.Ordinal).Length);

    [Theory]
    [InlineData(-5, "just now")]
    [InlineData(59, "just now")]
    [InlineData(60, "1 min ago")]
    [InlineData(3599, "59 min ago")]
    [InlineData(3600, "1 h ago")]
    [InlineData(7500, "2 h 5 min ago")]
    [InlineData(100_000, "27 h ago")]
    [InlineData(200_000, "2 d ago")]
    public void Times_are_said_as_people_say_them(int seconds, string said) =>
        Assert.Equal(said, RelativeTime.Past(Now.AddSeconds(-seconds), Now));

    [Theory]
    [InlineData(-1, "due now")]
    [InlineData(0, "due now")]
    [InlineData(59, "in under a minute")]
    [InlineData(90, "in 1 min")]
    public void Times_to_come_too(int seconds, string said) => Assert.Equal(said, RelativeTime.Future(Now.AddSeconds(seconds), Now));

    [Theory]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 30, "5 GiB")]
    public void Sizes_too(long octets, string said) => Assert.Equal(said, Figures.Size(octets));

    [Fact]
    public void The_headline_counts_what_is_polled()
    {
        Assert.Equal("Ready for the first mailbox", HeadlineOf());
        Assert.Equal("The mailbox is fine", HeadlineOf(MailboxState.Ok));
        Assert.Equal(
            "All 3 mailboxes are fine", HeadlineOf(MailboxState.Ok, MailboxState.Polling, MailboxState.New, MailboxState.Disabled));
        Assert.Equal("1 of 1 mailbox needs a look", HeadlineOf(MailboxState.Failing));
        Assert.Equal("2 of 3 mailboxes need a look", HeadlineOf(MailboxState.Suspended, MailboxState.Attention, MailboxState.Ok));
        Assert.Equal("Every mailbox is switched off", HeadlineOf(MailboxState.Disabled));
    }

    [Fact]
    public void What_stops_every_mailbox_is_the_headline()
    {
        var status = SampleStatus.Of(SampleStatus.Mailbox("sales"));
        Assert.Equal("The blob store cannot be used", Headline.Of(status with { StoreProblem = "403" }).Headline);
        Assert.Equal(
            "The scheduler has stopped", Headline.Of(status with { StoreProblem = "403", LastTick = Now.AddMinutes(-2) }).Headline);
        Assert.Equal("The ledger cannot be read", Headline.Of(status with { LedgerProblem = "locked", Mailboxes = [] }).Headline);
    }

    [Fact]
    public void The_worst_comes_first_and_a_poll_that_begins_moves_nothing()
    {
        MailboxState[] states = [MailboxState.Ok, MailboxState.Disabled, MailboxState.Polling, MailboxState.Attention, MailboxState.New,
            MailboxState.Failing, MailboxState.Suspended];
        var status = SampleStatus.Of([.. states.Select((state, at) => SampleStatus.Mailbox($"m{at}", state))]);
        Assert.Equal("m6 m5 m3 m0 m2 m4 m1", string.Join(' ', status.Mailboxes.OrderWorstFirst().Select(mailbox => mailbox.Mailbox)));
    }

    [Fact]
    public void A_certificate_that_expires_soon_is_said()
    {
        Assert.Contains("certificate expires in 9 d", Page(Now.AddDays(9.5)), StringComparison.Ordinal);
        Assert.Contains("certificate has expired", Page(Now.AddDays(-1)), StringComparison.Ordinal);
        Assert.DoesNotContain("certificate", Page(Now.AddDays(15)), StringComparison.Ordinal);

        static string Page(DateTimeOffset expires) =>
            StatusFragment.Both(SampleStatus.Of(SampleStatus.Mailbox("sales") with { CertificateExpires = expires }));
    }

    [Fact]
    public void A_suspended_mailbox_has_no_next_poll_until_somebody_changes_something()
    {
        var suspended = MailboxStatus.Of(Polling.A.Mailbox(), new() { SuspendedUntil = DateTimeOffset.MaxValue, Failures = 3 },
            Unstored.None, false, null, Now.AddMinutes(5), Now);
        Assert.Equal((MailboxState.Suspended, null), (suspended.State, suspended.NextPoll));
        var waits = MailboxStatus.Of(
            Polling.A.Mailbox(), new() { SuspendedUntil = Now.AddHours(1) }, Unstored.None, false, null, Now.AddMinutes(5), Now);
        Assert.Equal(Now.AddHours(1), waits.NextPoll);
    }

    static string HeadlineOf(params MailboxState[] states) =>
        Headline.Of(SampleStatus.Of([.. states.Select((state, at) => SampleStatus.Mailbox($"m{at}", state))])).Headline;
}
