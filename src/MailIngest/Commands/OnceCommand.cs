using System.Collections.Concurrent;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Settings;

namespace MailIngest.Commands;

/// <summary><c>once</c>: polls the mailboxes, several at a time, and exits with the worst of their codes.</summary>
static class OnceCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names)
    {
        var terminal = Console.IsErrorRedirected || Console.IsOutputRedirected ? null : new TerminalLine(Console.Error);
        return CommandHost.RunAsync(settings, names, terminal, async (configuration, mailboxes, logs, interruption) =>
        {
            await using var worker = await Worker.OpenAsync(configuration.Settings, TimeProvider.System, logs, interruption.Stop);
            var reports = new ConcurrentQueue<PollReport>();
            await using (var progress = terminal is null ? null : new PollProgress(terminal, () => reports, TimeProvider.System))
                await PollAsync(worker, mailboxes, configuration.Settings.Limits, reports, interruption);
            var log = logs.CreateLogger("MailIngest");
            await new Forgetting(worker.Ledger.ForgetGoneAsync, TimeProvider.System, log).OnceAsync(interruption.Stop);

            var code = ExitCode.Worst(reports.Select(report => report.ExitStatus));
            log.AllPolled(reports.Count, reports.Sum(r => r.Counts.Listed), reports.Sum(r => r.Counts.Fetched),
                reports.Sum(r => r.Deleted), reports.Sum(r => r.Counts.Octets), reports.Count(r => r.ExitStatus != ExitCode.Ok), code);
            return code;
        });
    }

    static async Task PollAsync(
        Worker worker, IReadOnlyList<Mailbox> mailboxes, LimitSettings limits, ConcurrentQueue<PollReport> reports, Interruption interruption)
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
