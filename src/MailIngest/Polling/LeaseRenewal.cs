using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>
/// Renews a mailbox's lease while its poll runs. A renewal that fails is tried again at the next tick. Nothing of it is the poll's result: every
/// write of the ledger checks the lease itself, so that a lost one can delete nothing.
/// </summary>
sealed class LeaseRenewal : IAsyncDisposable
{
    readonly CancellationTokenSource _over = new();
    readonly PeriodicTimer _ticks;
    readonly Task _renewing;

    LeaseRenewal(Func<CancellationToken, Task> renew, TimeSpan period, TimeProvider clock)
    {
        _ticks = new(period, clock);
        _renewing = RenewAsync(renew, _ticks, _over.Token);
    }

    public static LeaseRenewal Start(MailboxLease lease, TimeSpan period, TimeProvider clock) => Start(lease.RenewAsync, period, clock);

    internal static LeaseRenewal Start(Func<CancellationToken, Task> renew, TimeSpan period, TimeProvider clock) => new(renew, period, clock);

    /// <summary>Completes when the lease is lost, or this is disposed.</summary>
    internal Task Ended => _renewing;

    static async Task RenewAsync(Func<CancellationToken, Task> renew, PeriodicTimer ticks, CancellationToken over)
    {
        while (await ticks.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                await renew(over);
            }
            catch (LeaseLostException)
            {
                return; // the poll finds out at its next write
            }
            catch (LedgerException)
            {
                // Locked or full for the moment: the lease outlives several ticks.
            }
        }
    }

    /// <summary>Ends the renewing; however it ended is not thrown here, where it would take the place of the poll's own result.</summary>
    public async ValueTask DisposeAsync()
    {
        // Ends a wait, or withdraws a write that has not begun: no work for another thread. The wait is not cancelled: to make an exception
        // known with its stack trace takes a native program 5 ms, a fifth of a poll that finds nothing.
        _ticks.Dispose();
        _over.Cancel();
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _over.Dispose();
    }
}
