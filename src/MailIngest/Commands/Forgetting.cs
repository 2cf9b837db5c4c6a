using MailIngest.Ledger;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// Removes from the ledger what has been gone for long. It is tidiness: a failure of it is a warning, and the next time does the same.
/// </summary>
/// <param name="forget">Removes what has been gone for longer than that: <see cref="UniqueIdLedger.ForgetGoneAsync"/>.</param>
/// <param name="clock">Tells when a day has passed.</param>
/// <param name="log">Gets the warning.</param>
sealed class Forgetting(Func<TimeSpan, CancellationToken, Task> forget, TimeProvider clock, ILogger log)
{
    /// <summary>So long a message that is gone is remembered, and a re-used unique-id recognised.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(90);

    static readonly TimeSpan Period = TimeSpan.FromDays(1);

    /// <summary>Forgets once.</summary>
    public async Task OnceAsync(CancellationToken stop)
    {
        try
        {
            await forget(Remembered, stop);
        }
        catch (LedgerException failure)
        {
            log.NotForgotten(failure.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception bug)
        {
            log.Bug(bug); // tomorrow again
        }
    }

    /// <summary>Forgets now and once a day, until it is stopped.</summary>
    public async Task DailyAsync(CancellationToken stop)
    {
        using var day = new PeriodicTimer(Period, clock);
        try
        {
            do
                await OnceAsync(stop);
            while (await day.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }
}
