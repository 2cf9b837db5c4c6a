using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_message_is_quarantined_at_the_last_attempt_allowed_and_not_before()
    {
        var lease = await SeenAsync(First);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Ledger.FailedAsync(lease, First, $"failure {attempt}", null, maxAttempts: 3, Stop);
            var row = await RowAsync(First);
            Assert.Equal((attempt, $"failure {attempt}", attempt == 3), (row.Attempts, row.LastError, row.Quarantined));
        }
    }

    [Fact]
    public async Task A_short_message_leaves_the_octets_received_and_a_later_failure_without_any_keeps_them()
    {
        var lease = await SeenAsync(First);
        await Ledger.FailedAsync(lease, First, "shorter than LIST said", 900, 5, Stop);
        await Ledger.FailedAsync(lease, First, "connection lost", null, 5, Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Seen, 1000, 900, null), (row.State, row.ListedOctets, row.ReceivedOctets, row.Stored));
    }

    [Fact]
    public async Task A_failure_does_not_move_the_state_nor_touch_the_copy()
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, MessageState.Gone);
        var before = await RowAsync(First);

        await Ledger.FailedAsync(lease, First, "TOP refused", null, 5, Stop);

        Assert.Equal(before with { Attempts = 1, LastError = "TOP refused" }, await RowAsync(First));
    }

    [Fact]
    public async Task A_quarantine_holds_until_it_is_released_which_also_forgets_the_attempts()
    {
        var lease = await SeenAsync(First);
        await Ledger.FailedAsync(lease, First, "once", null, 5, Stop);
        await Ledger.QuarantineAsync(lease, First, "larger than maxMessageSize", Stop);
        await Ledger.QuarantineAsync(lease, First, "larger than maxMessageSize", Stop);
        await Ledger.FailedAsync(lease, First, "again", null, 5, Stop);
        Assert.Equal((true, 2), ((await RowAsync(First)).Quarantined, (await RowAsync(First)).Attempts));

        Assert.True(await Ledger.ReleaseAsync(Box, First, Stop));
        Assert.True(await Ledger.ReleaseAsync(Box, First, Stop));

        var row = await RowAsync(First);
        Assert.Equal((false, 0, null, MessageState.Seen), (row.Quarantined, row.Attempts, row.LastError, row.State));
    }

    [Fact]
    public async Task Each_taken_blob_name_leads_to_the_next_ordinal()
    {
        var lease = await SeenAsync(First);
        Assert.Equal(1, await Ledger.NextOrdinalAsync(lease, First, Stop));
        Assert.Equal(2, await Ledger.NextOrdinalAsync(lease, First, Stop));
        Assert.Equal(2, (await RowAsync(First)).Ordinal);
    }

    [Fact]
    public async Task What_went_wrong_is_kept_whole_up_to_a_thousand_chars_whatever_is_in_it()
    {
        var lease = await SeenAsync(First);
        await Ledger.FailedAsync(lease, First, "it's \"so\";\r\n\u202e\u0001 -- %00 é 漢 \0!", null, 5, Stop);
        Assert.Equal("it's \"so\";\r\n\u202e\u0001 -- %00 é 漢 \u2400!", (await RowAsync(First)).LastError);

        await Ledger.FailedAsync(lease, First, new string('x', 5000), null, 5, Stop);
        Assert.Equal(new string('x', 1000), (await RowAsync(First)).LastError);
    }

    [Fact]
    public async Task Traits_are_all_null_until_saved_and_then_exactly_what_was_saved_last()
    {
        var lease = await LeaseAsync();
        Assert.Equal(new MailboxTraits(), await Ledger.ReadTraitsAsync(Box, Stop));

        var learned = new MailboxTraits
        {
            LockStepUntil = Now.AddDays(7),
            NotBefore = Now.AddMinutes(15),
            LastAttempt = Now,
            LastSuccess = Now.AddDays(-1),
            LastError = "[IN-USE] locked",
            Failures = 3,
            SignInRefusals = 2,
            SignInMark = "salt:hash",
            SuspendedUntil = DateTimeOffset.MaxValue,
            CertificateExpires = Now.AddDays(90),
            PutOff = 2,
        };
        await Ledger.SaveTraitsAsync(lease, learned, Stop);
        await Ledger.SaveTraitsAsync(lease, learned, Stop);
        Assert.Equal(learned, await Ledger.ReadTraitsAsync(Box, Stop));
        Assert.Equal(new MailboxTraits(), await Ledger.ReadTraitsAsync("info", Stop));

        await Ledger.SaveTraitsAsync(lease, new() { LastSuccess = Now }, Stop);
        Assert.Equal(new MailboxTraits { LastSuccess = Now }, await Ledger.ReadTraitsAsync(Box, Stop));
    }
    [Fact]
    public async Task All_traits_are_read_at_once_by_mailbox()
    {
        Assert.Empty(await Ledger.ReadAllTraitsAsync(Stop));
        var (sales, info) = (
            new MailboxTraits { Failures = 1, SuspendedUntil = Now.AddDays(1) }, new MailboxTraits { CertificateExpires = Now });
        await Ledger.SaveTraitsAsync(await LeaseAsync(), sales, Stop);
        await Ledger.SaveTraitsAsync(await LeaseAsync("info"), info, Stop);

        var all = await Ledger.ReadAllTraitsAsync(Stop);

        Assert.Equal((2, sales, info), (all.Count, all[Box], all["info"]));
    }

    [Fact]
    public async Task What_is_seen_and_not_stored_is_summed_up_by_mailbox_quarantine_apart()
    {
        Assert.Empty(await Ledger.ReadUnstoredAsync(Stop));
        var first = Now;
        var lease = await SeenAsync(First, new("uid-2", 0), new("uid-3", 0), new("uid-4", 0));
        Clock.Advance(TimeSpan.FromHours(1));
        var second = await LeaseAsync("info");
        await Ledger.SightAsync(second, [new("uid-9", 0, 7)], Stop);
        await Ledger.StoredAsync(lease, First, Copy(), Stop);
        await Ledger.QuarantineAsync(lease, new("uid-2", 0), "too large", Stop);
        await Ledger.GoneAsync(lease, [new("uid-4", 0)], Stop);

        var all = await Ledger.ReadUnstoredAsync(Stop);

        Assert.Equal((2, new Unstored(1, 1000, first, 1), new Unstored(1, 7, Now, 0)), (all.Count, all[Box], all["info"]));
        await Ledger.QuarantineAsync(lease, new("uid-3", 0), "too large", Stop);
        Assert.Equal(new Unstored(0, 0, null, 2), (await Ledger.ReadUnstoredAsync(Stop))[Box]);
    }
}
