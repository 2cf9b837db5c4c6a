using System.Diagnostics;
using MailIngest.Telemetry;

namespace MailIngest.Polling;

/// <summary>
/// What a poll did, in numbers and as one trace: from its report, in one place. Costs next to nothing while nobody listens.
/// </summary>
public static class PollMetrics
{
    /// <summary>Counts a poll that has ended.</summary>
    /// <param name="ended">When that was.</param>
    public static void Record(PollReport report, DateTimeOffset ended)
    {
        if (report is { Postponed: not null, Failure: null })
            return; // the server asked for patience: there was no poll
        var mailbox = new KeyValuePair<string, object?>("mailbox", report.Mailbox);
        var result = ResultOf(report);
        Instruments.Sessions.Add(1, mailbox, new("result", result));
        Instruments.SessionDuration.Record(report.Elapsed.TotalSeconds);

        Count("stored", report.Counts.Fetched);
        Count("duplicate", report.Duplicates);
        Count("quarantined", report.NewlyQuarantined);
        Count("deleted", report.Deleted);
        if (report.Counts.Octets > 0)
            Instruments.MessageBytes.Add(report.Counts.Octets, mailbox);
        foreach (var (kind, times) in report.Anomalies)
            Instruments.UniqueIdAnomalies.Add(times, mailbox, new("kind", kind));

        if (report.CredentialsRefused)
            Instruments.SignInFailures.Add(1, mailbox);
        if (report.LeaseLost)
            Instruments.LeasesLost.Add(1);
        else if (report.Result == PollResult.Ledger)
            Instruments.LedgerErrors.Add(1);
        if (report.Result == PollResult.Bug)
            Instruments.InvariantViolations.Add(1);
        Trace(report, result, ended);

        void Count(string outcome, int messages)
        {
            if (messages > 0)
                Instruments.Messages.Add(messages, mailbox, new("outcome", outcome));
        }
    }

    /// <summary>The value of the label <c>result</c>.</summary>
    internal static string ResultOf(PollReport report) => report.Result switch
    {
        PollResult.Ok => "ok",
        PollResult.Busy => "busy",
        PollResult.Auth => "auth",
        PollResult.Network => "network",
        PollResult.Protocol => "protocol",
        PollResult.Store => "store",
        PollResult.Ledger => "ledger",
        PollResult.Dirty => "dirty",
        PollResult.Deadline => "deadline",
        PollResult.Interrupted => "interrupted",
        PollResult.Bug => "bug",
        var other => throw new InvalidOperationException($"{other} is no result of a poll."),
    };

    // One span a poll, named without the mailbox so that a backend groups them; server's text stays out of it as it stays out of the
    // labels.
    static void Trace(PollReport report, string result, DateTimeOffset ended)
    {
        using var activity = Instruments.Polls.StartActivity(
            "poll", ActivityKind.Client, parentContext: default, startTime: ended - report.Elapsed);
        if (activity is null)
            return;
        var counts = report.Counts;
        activity.SetTag("mailbox", report.Mailbox).SetTag("result", result).SetTag("sessions", report.Sessions)
            .SetTag("listed", counts.Listed).SetTag("fetched", counts.Fetched).SetTag("stored_earlier", counts.StoredEarlier)
            .SetTag("skipped", counts.Skipped).SetTag("quarantined", counts.Quarantined).SetTag("failed", counts.Failed)
            .SetTag("left", counts.Left).SetTag("deleted", report.Deleted).SetTag("octets", counts.Octets);
        if (result is not ("ok" or "busy" or "interrupted"))
            activity.SetStatus(ActivityStatusCode.Error, result);
        activity.SetEndTime(ended.UtcDateTime);
    }
}
