using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_thousand_messages_stored_at_the_same_time_share_a_few_commits()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => new RowKey($"uid-{i}", 0)).ToArray();
        var lease = await SeenAsync(rows);
        var before = Ledger.Commits;

        Task stored;
        await using (await HoldWritersAsync())
            stored = Task.WhenAll(rows.Select(row => Ledger.StoredAsync(lease, row, Copy(row.UniqueId), Stop)));
        await stored;

        Assert.InRange(Ledger.Commits - before, 1, 3);
        Assert.All(await Ledger.ReadAsync(Box, Stop), row => Assert.Equal((MessageState.Stored, row.UniqueId), (row.State, row.Stored!.BlobName)));
    }

    [Fact]
    public async Task Writes_of_one_caller_take_effect_in_the_order_of_the_calls()
    {
        var lease = await LeaseAsync();
        await Task.WhenAll(
            Ledger.SightAsync(lease, [new("uid-1", 0, 1000)], Stop),
            Ledger.StoredAsync(lease, First, Copy(), Stop),
            Ledger.DeletingAsync(lease, [First], Stop),
            Ledger.GoneAsync(lease, [First], Stop));
        Assert.Equal(MessageState.Gone, (await RowAsync(First)).State);
    }

    /// <summary>Whether a lease is valid is asked of the database once in a transaction, and again when a lease has changed in it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_that_ends_among_writes_that_share_a_commit_lets_those_before_pass_and_refuses_those_behind(bool givenBack)
    {
        var second = new RowKey("uid-2", 0);
        var lease = await SeenAsync(First, second);

        Task waits, good, end, late;
        await using (await HoldWritersAsync())
        {
            waits = Ledger.SightAsync(lease, [], Stop);
            good = Ledger.StoredAsync(lease, First, Copy(), Stop);
            end = givenBack ? lease.DisposeAsync().AsTask() : LeaseAsync();
            late = Ledger.StoredAsync(lease, second, Copy(), Stop);
        }

        await Task.WhenAll(waits, good, end);
        await Assert.ThrowsAsync<LeaseLostException>(() => late);
        Assert.Equal(
            [("uid-1", MessageState.Stored), ("uid-2", MessageState.Seen)],
            (await Ledger.ReadAsync(Box, Stop)).Select(row => (row.UniqueId, row.State)));
    }

    [Fact]
    public async Task A_write_that_is_refused_fails_alone_among_those_that_share_its_commit()
    {
        var second = new RowKey("uid-2", 0);
        var stale = await SeenAsync(First, second);
        var lease = await LeaseAsync();

        Task good, late, wrong, hostile, goodToo;
        await using (await HoldWritersAsync())
        {
            good = Ledger.StoredAsync(lease, First, Copy(), Stop);
            late = Ledger.StoredAsync(stale, second, Copy(), Stop);
            wrong = Ledger.DeletingAsync(lease, [First, second], Stop);
            hostile = Ledger.SightAsync(lease, [new("uid-3", 0, 1), new("", 0, 1)], Stop);
            goodToo = Ledger.FailedAsync(lease, second, "refused", null, 5, Stop);
        }

        await good;
        await goodToo;
        await Assert.ThrowsAsync<LeaseLostException>(() => late);
        await Assert.ThrowsAsync<LedgerException>(() => wrong);
        await Assert.ThrowsAsync<ArgumentException>(() => hostile);
        Assert.Equal(
            [("uid-1", MessageState.Stored, 0), ("uid-2", MessageState.Seen, 1)],
            (await Ledger.ReadAsync(Box, Stop)).Select(row => (row.UniqueId, row.State, row.Attempts)));
    }

    [Fact]
    public async Task A_take_over_and_the_write_of_the_loser_in_one_commit_are_still_told_apart()
    {
        var loser = await SeenAsync(First);
        Clock.Advance(Ttl);

        Task<MailboxLease?> taken;
        Task early, late;
        await using (await HoldWritersAsync())
        {
            early = Ledger.FailedAsync(loser, First, "in time", null, 5, Stop);
            taken = Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop);
            late = Ledger.StoredAsync(loser, First, Copy(), Stop);
        }

        await early;
        Assert.NotNull(await taken);
        await Assert.ThrowsAsync<LeaseLostException>(() => late);
        Assert.Equal("in time", (await RowAsync(First)).LastError);
    }

    [Fact]
    public async Task A_write_cancelled_before_its_turn_is_withdrawn()
    {
        var lease = await SeenAsync(First);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.StoredAsync(lease, First, Copy(), cancelled.Token));

        Assert.Equal(MessageState.Seen, (await RowAsync(First)).State);
    }

    [Fact]
    public async Task Disposing_the_ledger_first_writes_what_waits()
    {
        var rows = Enumerable.Range(0, 100).Select(i => new RowKey($"uid-{i}", 0)).ToArray();
        var lease = await SeenAsync(rows);

        Task stored;
        ValueTask closed;
        await using (await HoldWritersAsync())
        {
            stored = Task.WhenAll(rows.Select(row => Ledger.StoredAsync(lease, row, Copy(), Stop)));
            closed = Ledger.DisposeAsync();
        }
        await stored;
        await closed;

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Ledger.StoredAsync(lease, rows[0], Copy(), Stop));
        Ledger = await OpenAsync();
        Assert.All(await Ledger.ReadAsync(Box, Stop), row => Assert.Equal(MessageState.Stored, row.State));
    }
}
