using MailIngest.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// Looks at the configuration files every few seconds, says what is new in them, and hands on the mailboxes that are in force.
/// </summary>
/// <param name="roster">The files.</param>
/// <param name="apply">Takes the mailboxes in force over.</param>
/// <param name="clock">Tells when to look.</param>
/// <param name="log">Is told everything.</param>
sealed class Reloading(MailboxRoster roster, Func<RosterChange, Task> apply, TimeProvider clock, ILogger log)
{
    /// <summary>A change takes effect within twice that, and so within 10 s.</summary>
    static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                await LookAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    async Task LookAsync(CancellationToken stop)
    {
        try
        {
            if (await roster.LookAsync(stop) is not { } change)
                return;
            Say(change);
            await apply(change);
        }
        catch (Exception bug) when (!(bug is OperationCanceledException && stop.IsCancellationRequested))
        {
            log.Bug(bug); // the next look goes on from what is in force
        }
    }

    void Say(RosterChange change)
    {
        foreach (var problem in change.NewProblems)
            log.ConfigurationProblem(problem.ToString());
        foreach (var warning in change.NewWarnings)
            log.ConfigurationWarning(warning.ToString());
        if (change.IsRightAgain)
            log.ConfigurationRight();
        if (change.Added.Count + change.Changed.Count + change.Removed.Count > 0)
            log.Reloaded(Names(change.Added), Names(change.Changed), Names(change.Removed), change.Mailboxes.Count);
        if (change.SettingsChanged)
            log.SettingsChanged(roster.SettingsFile);
    }

    static string Names(IReadOnlyList<string> ids) => ids.Count == 0 ? "none" : string.Join(", ", ids);
}
