using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_seeded_message_is_seen_and_neither_quarantined_nor_waiting_to_be_stored()
    {
        var lease = await LeaseAsync();

        await Ledger.SeedAsync(lease, [new("uid-1", 0, 1000)], Stop);

        var row = await RowAsync(First);
        Assert.Equal((true, false, MessageState.Seen, 1000), (row.Seeded, row.Quarantined, row.State, row.ListedOctets));
        var unstored = (await Ledger.ReadUnstoredAsync(Stop)).GetValueOrDefault(Box) ?? Unstored.None;
        Assert.Equal(Unstored.None, unstored);
    }

    [Fact]
    public async Task A_seeded_message_can_never_be_marked_for_deletion()
    {
        var lease = await LeaseAsync();
        await Ledger.SeedAsync(lease, [new("uid-1", 0, 1000)], Stop);

        await Assert.ThrowsAsync<LedgerException>(() => Ledger.DeletingAsync(lease, [First], Stop));

        Assert.Equal(MessageState.Seen, (await RowAsync(First)).State);
    }

    [Fact]
    public async Task Seeding_takes_over_what_failed_or_is_quarantined_and_leaves_what_is_stored()
    {
        RowKey failed = new("failed", 0), aside = new("aside", 0), stored = new("stored", 0);
        var lease = await SeenAsync(failed, aside, stored);
        await Ledger.FailedAsync(lease, failed, "refused", null, 5, Stop);
        await Ledger.QuarantineAsync(lease, aside, "too large", Stop);
        await Ledger.StoredAsync(lease, stored, Copy(), Stop);
        var before = await RowAsync(stored);

        await Ledger.SeedAsync(lease, [new("failed", 0, 7), new("aside", 0, 8), new("stored", 0, 9)], Stop);

        Assert.Equal((true, false, 0, null, 7), await Seeded(failed));
        Assert.Equal((true, false, 0, null, 8), await Seeded(aside));
        Assert.Equal(before, await RowAsync(stored));

        async Task<(bool, bool, int, string?, long)> Seeded(RowKey key)
        {
            var row = await RowAsync(key);
            return (row.Seeded, row.Quarantined, row.Attempts, row.LastError, row.ListedOctets);
        }
    }

    [Fact]
    public async Task Undone_seeds_are_new_messages_and_quarantined_ones_stay_so()
    {
        var lease = await SeenAsync(new RowKey("aside", 0));
        await Ledger.QuarantineAsync(lease, new("aside", 0), "too large", Stop);
        await Ledger.SeedAsync(lease, [new("uid-1", 0, 1000), new("uid-2", 0, 1000)], Stop);

        Assert.Equal(2, await Ledger.UnseedAsync(lease, Stop));
        Assert.Equal(0, await Ledger.UnseedAsync(lease, Stop));

        Assert.False((await RowAsync(First)).Seeded);
        Assert.True((await RowAsync(new("aside", 0))).Quarantined);
        Assert.Equal((2, 1), (Counted(await Ledger.ReadUnstoredAsync(Stop))));

        static (long, long) Counted(IReadOnlyDictionary<string, Unstored> all) => (all[Box].Messages, all[Box].Quarantined);
    }

    [Fact]
    public async Task A_seeded_message_that_is_stored_after_all_is_a_stored_one()
    {
        var lease = await LeaseAsync();
        await Ledger.SeedAsync(lease, [new("uid-1", 0, 1000)], Stop);

        await Ledger.StoredAsync(lease, First, Copy(), Stop);

        Assert.Equal((false, MessageState.Stored), ((await RowAsync(First)).Seeded, (await RowAsync(First)).State));
    }

    [Fact]
    public async Task Forgetting_a_mailbox_removes_its_rows_and_no_others()
    {
        var lease = await SeenAsync(First, new("uid-2", 0));
        await Ledger.SaveTraitsAsync(lease, new() { SignInRefusals = 3 }, Stop);
        await using var other = await LeaseAsync("info");
        await Ledger.SightAsync(other, [new("uid-1", 0, 1)], Stop);

        Assert.Equal(2, await Ledger.ForgetMailboxAsync(lease, traitsToo: false, Stop));

        Assert.Empty(await Ledger.ReadAsync(Box, Stop));
        Assert.Single(await Ledger.ReadAsync("info", Stop));
        Assert.Equal(3, (await Ledger.ReadTraitsAsync(Box, Stop)).SignInRefusals);
        await Ledger.ForgetMailboxAsync(lease, traitsToo: true, Stop);
        Assert.Equal(new MailboxTraits(), await Ledger.ReadTraitsAsync(Box, Stop));
    }

    [Fact]
    public async Task A_forgotten_mailbox_keeps_its_epoch_so_that_an_old_lease_stays_lost()
    {
        var paused = await SeenAsync(First);
        Clock.Advance(Ttl);
        await using (var taker = await LeaseAsync(owner: "worker-2"))
            await Ledger.ForgetMailboxAsync(taker, traitsToo: true, Stop);

        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.ForgetMailboxAsync(paused, traitsToo: true, Stop));
        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.SeedAsync(paused, [new("uid-1", 0, 1)], Stop));
        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.UnseedAsync(paused, Stop));
        Assert.Empty(await Ledger.ReadAsync(Box, Stop));
    }

    [Fact]
    public async Task The_holders_are_those_whose_lease_has_not_run_out_or_been_given_back()
    {
        await using var held = await LeaseAsync("held");
        await using (await LeaseAsync("free"))
        {
        }
        Assert.Equal([new("held", "worker-1")], await Ledger.ReadHoldersAsync(Stop));
        Clock.Advance(Ttl);
        Assert.Empty(await Ledger.ReadHoldersAsync(Stop));
    }
}
