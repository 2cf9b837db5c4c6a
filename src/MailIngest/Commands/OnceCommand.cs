using System.Collections.Concurrent;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Settings;
using MailIngest.Status;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary><c>once</c>: polls the mailboxes, several at a time, and exits with the worst of their codes.</summary>
static class OnceCommand
{
    /// <param name="otlp">Push metrics and traces at the end.</param>
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names, bool otlp = false)
    {
        var terminal = Console.IsErrorRedirected || Console.IsOutputRedirected ? null : new TerminalLine(Console.Error);
        return CommandHost.RunAsync(settings, names, terminal, async (configuration, mailboxes, logs, interruption) =>
        {
            await using var worker = await Worker.OpenAsync(configuration.Settings, TimeProvider.System, logs, interruption.Stop);
            var log = logs.CreateLogger("MailIngest");
            LedgerAccess.WarnIfVolatile(configuration.Settings.Ledger, log);
            await using var push = otlp
                ? await StartPushAsync(worker, configuration.Settings.Telemetry, mailboxes, log, interruption.Stop)
                : null;
            var reports = new ConcurrentQueue<PollReport>();
            await using (var progress = terminal is null ? null : new PollProgress(terminal, () => reports, TimeProvider.System))
                await PollAsync(worker, mailboxes, configuration.Settings.Limits, reports, interruption);
            await new Forgetting(worker.Ledger.ForgetGoneAsync, TimeProvider.System, log).OnceAsync(interruption.Stop);

            var code = ExitCode.Worst(reports.Select(report => report.ExitStatus));
            log.AllPolled(reports.Count, reports.Sum(r => r.Counts.Listed), reports.Sum(r => r.Counts.Fetched),
                reports.Sum(r => r.Deleted), reports.Sum(r => r.Counts.Octets), reports.Count(r => r.ExitStatus != ExitCode.Ok), code);
            return code;
        });
    }

    static Task<StatusPush?> StartPushAsync(
        Worker worker, TelemetrySettings settings, IReadOnlyList<Mailbox> mailboxes, ILogger log, CancellationToken stop)
    {
        var board = new StatusBoard(worker.Ledger, () => null, TimeProvider.System);
        board.Configure(mailboxes, []);
        if (settings.OtlpEndpoint is null)
            log.NotPushed("--otlp was given and telemetry.otlpEndpoint is not set: no metrics are pushed");
        return StatusPush.StartForOnceAsync(settings, board, TimeProvider.System, log, stop);
    }

    static async Task PollAsync(
        Worker worker, IReadOnlyList<Mailbox> mailboxes, LimitSettings limits, ConcurrentQueue<PollReport> reports,
        Interruption interruption)
    {
        var slots = new SessionSlots(limits);
        await Task.WhenAll(mailboxes.Select(async mailbox =>
        {
            var report = new PollReport(mailbox.Id);
            reports.Enqueue(report);
            // All are due now, so that they go in the order of their files; whose turn does not come before the signal is not signed in to.
            if (!await slots.RunAsync(mailbox.Server.Host, DateTimeOffset.MinValue,
                    () => worker.Poll.RunAsync(mailbox, report, interruption.Enough, interruption.Stop), interruption.Enough))
                report.Interrupted = true;
        }));
    }
}
