using MailIngest.Polling;
using MailIngest.Pop3;
using Microsoft.Extensions.Logging;

namespace MailIngest;

/// <summary>
/// Every line of the log, on one page. Nothing secret is ever an argument; what a server or sender wrote comes in escaped.
/// </summary>
/// <remarks>Ids, each used once: 1xx a poll, 2xx a message, 3xx the server, 9xx the worker itself (90x any verb, 91x begin and end, 92x the
/// configuration, 93x the schedule, 94x web and telemetry).</remarks>
static partial class Log
{
    /// <summary>
    /// The one line of a poll: Information when mail moved, Warning or Error when somebody should look, Debug when nothing was new.
    /// </summary>
    public static void Polled(this ILogger log, PollReport report)
    {
        var counts = report.Counts;
        if (report.HeldElsewhere)
            log.HeldElsewhere(report.Mailbox);
        else if (report.Failure is null && report.Postponed is { } until)
            log.Postponed(report.Mailbox, until);
        else if (report.Failure is { } failure)
            log.PollFailed(failure.Code is ExitCode.Temporary or ExitCode.Unavailable ? LogLevel.Warning : LogLevel.Error, report.Mailbox,
                counts.Fetched == 0 ? failure.Sentence : $"{failure.Sentence} (messages stored before: {counts.Fetched})");
        else if (Level(report) is var level && log.IsEnabled(level))
            log.PolledLine(level, report.Mailbox, counts.Listed, counts.Fetched, counts.StoredEarlier, counts.Skipped, counts.Quarantined,
                counts.Failed, counts.Left, counts.Octets, report.Deleted, report.Sessions, report.Elapsed.TotalSeconds);

        if (report.QuitRefused is { } reply)
            log.QuitRefused(report.Mailbox, reply);
        if (report.KeptByServer > 0)
            log.ServerKeeps(report.Mailbox, report.KeptByServer, PollPlan.DeleteRounds);
        if (counts.Quarantined > 0)
            log.Quarantined(report.Mailbox, counts.Quarantined);
        if (!counts.Reconciles)
            log.DoesNotReconcile(report.Mailbox, counts.Listed);
    }

    static LogLevel Level(PollReport report) =>
        report.ExitStatus != ExitCode.Ok || report.Counts.Skipped > 0 ? LogLevel.Warning
        : report.Counts.Fetched + report.Deleted > 0 ? LogLevel.Information
        : LogLevel.Debug;

    [LoggerMessage(EventId = 100, Message =
        "{Mailbox}: listed {Listed} = fetched {Fetched} + stored earlier {StoredEarlier} + skipped {Skipped} + quarantined "
            + "{Quarantined} + failed {Failed} + left {Left}; {Octets} octets stored, {Deleted} deleted, {Sessions} sessions, "
            + "{Seconds:0.00} s")]
    static partial void PolledLine(
        this ILogger log, LogLevel level, string mailbox, int listed, int fetched, int storedEarlier, int skipped, int quarantined,
        int failed, int left, long octets, int deleted, int sessions, double seconds);

    [LoggerMessage(EventId = 101, Message = "{Mailbox}: {Failure}")]
    static partial void PollFailed(this ILogger log, LogLevel level, string mailbox, string failure);

    [LoggerMessage(102, LogLevel.Information, "{Mailbox}: another worker is polling this mailbox; skipped")]
    static partial void HeldElsewhere(this ILogger log, string mailbox);

    [LoggerMessage(104, LogLevel.Debug, "{Mailbox}: the server wants no sign-in before {Until:u} (LOGIN-DELAY); not polled")]
    static partial void Postponed(this ILogger log, string mailbox, DateTimeOffset until);

    [LoggerMessage(103, LogLevel.Error,
        "{Mailbox}: the listing does not reconcile with what was done (messages listed: {Listed}); nothing unproven was deleted; "
            + "please report this bug")]
    public static partial void DoesNotReconcile(this ILogger log, string mailbox, int listed);

    [LoggerMessage(110, LogLevel.Information,
        "mailboxes polled: {Mailboxes}; messages listed: {Listed}, fetched: {Fetched}, deleted: {Deleted}; octets stored: {Octets}; "
            + "mailboxes that need a look: {Troubled}; exit code {ExitCode}")]
    public static partial void AllPolled(
        this ILogger log, int mailboxes, int listed, int fetched, int deleted, long octets, int troubled, int exitCode);

    [LoggerMessage(200, LogLevel.Warning, "{Mailbox}: message {Number} (unique-id {UniqueId}): {Error}; it stays on the server")]
    public static partial void MessageFailed(this ILogger log, string mailbox, int number, string uniqueId, string error);

    [LoggerMessage(203, LogLevel.Warning,
        "{Mailbox}: quarantined messages, which stay on the server: {Messages}; see: MailIngest quarantine list")]
    static partial void Quarantined(this ILogger log, string mailbox, int messages);

    [LoggerMessage(201, LogLevel.Warning, "{Mailbox}: the blob {Blob} was stored and is not there any more; its message is fetched again")]
    public static partial void BlobMissing(this ILogger log, string mailbox, string blob);

    [LoggerMessage(202, LogLevel.Warning,
        "{Mailbox}: a message of {Octets} octets (unique-id {UniqueId}) left the server before it was stored; does another program "
            + "read this mailbox?")]
    public static partial void VanishedUnstored(this ILogger log, string mailbox, string uniqueId, long octets);

    [LoggerMessage(300, LogLevel.Warning,
        "{Mailbox}: the server refused DELE {Number}: {Reply}; the next listing tells whether the message is gone")]
    public static partial void DeleteRefused(this ILogger log, string mailbox, int number, string reply);

    [LoggerMessage(301, LogLevel.Warning,
        "{Mailbox}: QUIT was answered {Reply}; the next listing tells what was deleted, and the rest is deleted then")]
    static partial void QuitRefused(this ILogger log, string mailbox, string reply);

    [LoggerMessage(302, LogLevel.Warning,
        "{Mailbox}: stored messages that the server keeps although it answered {Rounds} rounds of DELE and QUIT: {Messages}; look at "
            + "its delete settings for POP3, or set delete: false")]
    static partial void ServerKeeps(this ILogger log, string mailbox, int messages, int rounds);

    [LoggerMessage(303, LogLevel.Warning, "{Mailbox}: {Failure}; pipelining and TOP are off for {Time}")]
    public static partial void LockStep(this ILogger log, string mailbox, string failure, string time);

    [LoggerMessage(304, LogLevel.Trace, "{Mailbox}: {Line}")]
    public static partial void Transcript(this ILogger log, string mailbox, TranscriptLine line);

    [LoggerMessage(900, LogLevel.Warning, "{Problem}")]
    public static partial void ConfigurationWarning(this ILogger log, string problem);

    [LoggerMessage(901, LogLevel.Error, "{Sentence}")]
    public static partial void WorkerFailed(this ILogger log, string sentence);

    [LoggerMessage(903, LogLevel.Warning,
        "what has been gone for long could not be removed from the ledger; the next time does it: {Sentence}")]
    public static partial void NotForgotten(this ILogger log, string sentence);

    [LoggerMessage(905, LogLevel.Warning,
        "the ledger {File} is in memory ({FileSystem}) and is lost at the next reboot, with all that it knows of stored, deleted, seeded "
            + "and quarantined messages: what is on the servers then is fetched again, seeded mail too; put ledger.file on a disk")]
    public static partial void LedgerInMemory(this ILogger log, string file, string fileSystem);

    [LoggerMessage(940, LogLevel.Information, "the status page is at http://{Listen}/")]
    public static partial void Serving(this ILogger log, System.Net.IPEndPoint listen);

    [LoggerMessage(941, LogLevel.Warning, "{Problem}; mail is polled without a status page, health checks and metrics")]
    public static partial void NotServing(this ILogger log, string problem);

    [LoggerMessage(942, LogLevel.Warning, "{Problem}; mail is polled all the same")]
    public static partial void NotPushed(this ILogger log, string problem);

    [LoggerMessage(943, LogLevel.Information, "the collector takes metrics again")]
    public static partial void PushedAgain(this ILogger log);

    [LoggerMessage(902, LogLevel.Critical, "a bug in MailIngest ended what it was doing; nothing unproven was deleted; please report it")]
    public static partial void Bug(this ILogger log, Exception exception);

    [LoggerMessage(904, LogLevel.Critical,
        "a bug in MailIngest: nobody was told of this failure; nothing unproven was deleted; please report it")]
    public static partial void Unobserved(this ILogger log, Exception exception);

    [LoggerMessage(910, LogLevel.Information, "polling begins; mailboxes: {Mailboxes}, from {Folder}; blobs: {Blobs}; ledger: {Ledger}")]
    public static partial void Started(this ILogger log, int mailboxes, string folder, string blobs, string ledger);

    [LoggerMessage(911, LogLevel.Information,
        "told to stop: no new message is fetched; what is under way has {Time} to end, and a second signal drops it")]
    public static partial void ToldToStop(this ILogger log, string time);

    [LoggerMessage(912, LogLevel.Warning, "what is under way is dropped, which is always safe: what is not stored is still on its server")]
    public static partial void Dropping(this ILogger log);

    [LoggerMessage(913, LogLevel.Error, "something did not end in time: the process ends here, which is always safe; exit code {ExitCode}")]
    public static partial void HardEnd(this ILogger log, int exitCode);

    [LoggerMessage(914, LogLevel.Information, "stopped in good order; polls since the start: {Polls}")]
    public static partial void Ended(this ILogger log, int polls);

    [LoggerMessage(915, LogLevel.Warning,
        "stopped; polls since the start: {Polls}, of which dropped at the end: {Dropped}; the next start goes on from there")]
    public static partial void EndedDropping(this ILogger log, int polls, int dropped);

    [LoggerMessage(920, LogLevel.Information,
        "mailbox files read again: added {Added}; changed {Changed}; removed {Removed}; mailboxes in force: {Mailboxes}")]
    public static partial void Reloaded(this ILogger log, string added, string changed, string removed, int mailboxes);

    [LoggerMessage(921, LogLevel.Error, "{Problem} (what was in force before stays in force)")]
    public static partial void ConfigurationProblem(this ILogger log, string problem);

    [LoggerMessage(922, LogLevel.Information, "all mailbox files are right again")]
    public static partial void ConfigurationRight(this ILogger log);

    [LoggerMessage(923, LogLevel.Warning, "{File} has changed: it takes effect at the next start")]
    public static partial void SettingsChanged(this ILogger log, string file);

    [LoggerMessage(930, LogLevel.Error, "{Mailbox}: the scheduler refused its next poll; it is tried again within seconds")]
    public static partial void NotScheduled(this ILogger log, Exception refused, string mailbox);

    [LoggerMessage(931, LogLevel.Error, "{Mailbox}: was due at {Due:O} and not polled; it is scheduled again")]
    public static partial void ScheduledAgain(this ILogger log, string mailbox, DateTimeOffset due);

    [LoggerMessage(932, LogLevel.Warning, "the clock was set back by {Time}: all polls are scheduled anew")]
    public static partial void ClockSetBack(this ILogger log, string time);

    [LoggerMessage(933, LogLevel.Warning,
        "{Mailbox}: its next poll is timed by what was known before, because the ledger does not tell: {Sentence}")]
    public static partial void TraitsUnknown(this ILogger log, string mailbox, string sentence);
}
