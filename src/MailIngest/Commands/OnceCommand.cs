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
            await worker.Ledger.ForgetGoneAsync(Remembered, interruption.Stop);

            var code = ExitCode.Worst(reports.Select(report => report.ExitStatus));
            logs.CreateLogger("MailIngest").AllPolled(reports.Count, reports.Sum(r => r.Counts.Listed), reports.Sum(r => r.Counts.Fetched),
                reports.Sum(r => r.Deleted), reports.Sum(r => r.Counts.Octets), reports.Count(r => r.ExitStatus != ExitCode.Ok), code);
            return code;
        });
    }

    /// <summary>So long a message that is gone is remembered, and a re-used unique-id recognised.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromDays(90);

    static async Task PollAsync(
        Worker worker, IReadOnlyList<Mailbox> mailboxes, LimitSettings limits, ConcurrentQueue<PollReport> reports, Interruption interruption)
    {
        var hosts = new ConcurrentDictionary<string, SemaphoreSlim>(StringComparer.OrdinalIgnoreCase);
        using var sessions = new SemaphoreSlim(limits.Sessions);
        await Task.WhenAll(mailboxes.Select(async mailbox =>
        {
            var report = new PollReport(mailbox.Id);
            reports.Enqueue(report);
            var host = hosts.GetOrAdd(mailbox.Server.Host, _ => new SemaphoreSlim(limits.SessionsPerHost));
            // The host's own queue first: a mailbox that waits for its server takes no place from those of other servers.
            await host.WaitAsync();
            await sessions.WaitAsync();
            try
            {
                await worker.Poll.RunAsync(mailbox, report, interruption.Enough, interruption.Stop);
            }
            finally
            {
                sessions.Release();
                host.Release();
            }
        }));
    }
}
