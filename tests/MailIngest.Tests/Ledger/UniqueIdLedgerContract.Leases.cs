using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_held_mailbox_is_not_given_to_another_owner_but_another_mailbox_is()
    {
        await using var lease = await LeaseAsync();
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
        Assert.NotNull(await Ledger.TakeLeaseAsync("info", "worker-2", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task A_released_mailbox_is_free_at_once_and_its_epoch_goes_on()
    {
        var lease = await LeaseAsync();
        await lease.DisposeAsync();
        await lease.DisposeAsync();

        var next = await LeaseAsync(owner: "worker-2");
        Assert.True(next.Epoch > lease.Epoch, $"{next.Epoch} after {lease.Epoch}");
    }

    [Fact]
    public async Task A_lease_is_held_to_its_last_millisecond_and_free_after_it()
    {
        await LeaseAsync();
        Clock.Advance(Ttl - TimeSpan.FromMilliseconds(1));
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task A_lease_that_a_clock_years_ahead_has_set_keeps_nobody_out_and_its_holder_writes_nothing_more()
    {
        var ahead = await Ledger.TakeLeaseAsync(Box, "worker-1", TimeSpan.FromDays(1400), _ => false, Stop);
        Assert.NotNull(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.SaveTraitsAsync(ahead!, new(), Stop));
    }

    [Fact]
    public async Task A_renewed_lease_is_held_from_the_renewal_on()
    {
        var lease = await LeaseAsync();
        Clock.Advance(Ttl - TimeSpan.FromSeconds(1));
        await lease.RenewAsync(Stop);
        Clock.Advance(Ttl - TimeSpan.FromSeconds(1));
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task The_same_owner_takes_its_mailbox_again_and_its_older_lease_is_lost()
    {
        var older = await SeenAsync(First);
        var newer = await LeaseAsync();

        Assert.True(newer.Epoch > older.Epoch, $"{newer.Epoch} after {older.Epoch}");
        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.StoredAsync(older, First, Copy(), Stop));
        await Ledger.StoredAsync(newer, First, Copy(), Stop);
    }

    [Fact]
    public async Task A_holder_that_overslept_still_writes_while_nobody_else_came()
    {
        var lease = await SeenAsync(First);
        Clock.Advance(Ttl * 2);
        await Ledger.StoredAsync(lease, First, Copy(), Stop);
        await lease.RenewAsync(Stop);
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task A_paused_holder_writes_nothing_after_a_take_over()
    {
        var stored = new RowKey("uid-2", 0);
        var paused = await SeenAsync(First, stored);
        await Ledger.StoredAsync(paused, stored, Copy(), Stop);
        await Ledger.SaveTraitsAsync(paused, new() { LastSuccess = Now }, Stop);
        Clock.Advance(Ttl);
        await using var taker = await LeaseAsync(owner: "worker-2");
        var before = await Ledger.ReadAsync(Box, Stop);

        Func<Task>[] writes =
        [
            () => Ledger.SightAsync(paused, [new("uid-3", 0, 1)], Stop),
            () => Ledger.SightAsync(paused, [], Stop),
            () => Ledger.StoredAsync(paused, First, Copy(), Stop),
            () => Ledger.FailedAsync(paused, First, "late", 1, 1, Stop),
            () => Ledger.QuarantineAsync(paused, First, "late", Stop),
            () => Ledger.NextOrdinalAsync(paused, First, Stop),
            () => Ledger.DeletingAsync(paused, [stored], Stop),
            () => Ledger.GoneAsync(paused, [First, stored], Stop),
            () => Ledger.SaveTraitsAsync(paused, new(), Stop),
            () => paused.RenewAsync(Stop),
        ];
        foreach (var write in writes)
        {
            var lost = await Assert.ThrowsAsync<LeaseLostException>(write);
            Assert.Equal((Box, paused.Epoch, true), (lost.Mailbox, lost.Epoch, lost.IsTransient));
        }

        Assert.Equal(before, await Ledger.ReadAsync(Box, Stop));
        Assert.NotNull((await Ledger.ReadTraitsAsync(Box, Stop)).LastSuccess);
    }

    [Fact]
    public async Task Disposing_a_lost_lease_leaves_the_new_holder_alone()
    {
        var lost = await LeaseAsync();
        Clock.Advance(Ttl);
        await using var taker = await LeaseAsync(owner: "worker-2");

        await lost.DisposeAsync();

        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-3", Ttl, _ => false, Stop));
        await Ledger.SightAsync(taker, [new("uid-1", 0, 1)], Stop);
    }

    [Fact]
    public async Task A_lease_that_was_given_back_writes_nothing_even_before_the_next_take()
    {
        var lease = await SeenAsync(First);
        await lease.DisposeAsync();
        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.GoneAsync(lease, [First], Stop));
        await Assert.ThrowsAsync<LeaseLostException>(() => lease.RenewAsync(Stop));
    }

    [Fact]
    public async Task A_take_over_by_another_process_is_seen_as_well()
    {
        var paused = await SeenAsync(First);
        Clock.Advance(Ttl);
        await using var elsewhere = await OpenAsync();
        Assert.NotNull(await elsewhere.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));

        await Assert.ThrowsAsync<LeaseLostException>(() => Ledger.StoredAsync(paused, First, Copy(), Stop));
    }
}
