using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>
/// Renews a mailbox's lease while its poll runs. A renewal that fails is left to the next write: every write of the ledger checks the lease
/// itself, so that a lost one can delete nothing.
/// </summary>
sealed class LeaseRenewal : IAsyncDisposable
{
    readonly CancellationTokenSource _over = new();
    readonly Task _renewing;

    LeaseRenewal(MailboxLease lease, TimeSpan period, TimeProvider clock) => _renewing = RenewAsync(lease, period, clock, _over.Token);

    public static LeaseRenewal Start(MailboxLease lease, TimeSpan period, TimeProvider clock) => new(lease, period, clock);

    static async Task RenewAsync(MailboxLease lease, TimeSpan period, TimeProvider clock, CancellationToken over)
    {
        using var timer = new PeriodicTimer(period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
                await lease.RenewAsync(over);
        }
        catch (Exception exception) when (exception is LedgerException or OperationCanceledException)
        {
            // Over, or lost: the poll finds out at its next write.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _renewing;
        _over.Dispose();
    }
}
