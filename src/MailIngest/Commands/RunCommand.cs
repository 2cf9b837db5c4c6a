using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Status;
using MailIngest.Web;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary><c>run</c>: polls each mailbox by its own schedule until the first signal, then ends in good order.</summary>
static class RunCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            await using var worker = await Worker.OpenAsync(configuration.Settings, TimeProvider.System, logs, interruption.Stop);
            using var slots = new SessionSlots(configuration.Settings.Limits);
            var log = logs.CreateLogger("MailIngest");
            var board = new StatusBoard(worker.Ledger, () => null, TimeProvider.System);
            board.Configure(mailboxes, []);
            await using var web = await StatusServer.StartAsync(configuration.Settings.Web, board, TimeProvider.System, log, interruption.Stop);
            await using var push = await StatusPush.StartAsync(configuration.Settings.Telemetry, board, TimeProvider.System, log, interruption.Stop);
            var forgetting = new Forgetting(worker.Ledger.ForgetGoneAsync, TimeProvider.System, log).DailyAsync(interruption.Enough);
            var poll = Logged(log, mailbox => slots.RunAsync(mailbox.Server.Host,
                () => interruption.Enough.IsCancellationRequested ? Task.CompletedTask // its turn comes after the signal: the next run polls it
                    : worker.Poll.RunAsync(mailbox, new PollReport(mailbox.Id), interruption.Enough, interruption.Stop)));

            // The schedule runs whatever is due; the slots decide how much of it at once, so that a host whose polls wait holds up no other.
            await using (await PollSchedule.StartAsync(mailboxes, poll, Math.Max(1, mailboxes.Count), TimeProvider.System, interruption.Stop))
                await WaitAsync(interruption.Enough);
            await forgetting;
            return ExitCode.Ok;
        });

    /// <summary>The poll for the scheduler, which tells nobody of an exception: a bug in one poll is logged, and the next ones go on.</summary>
    internal static Func<Mailbox, CancellationToken, Task> Logged(ILogger log, Func<Mailbox, Task> poll) => async (mailbox, _) =>
    {
        try
        {
            await poll(mailbox);
        }
        catch (Exception bug)
        {
            log.Bug(bug);
        }
    };

    static async Task WaitAsync(CancellationToken signal)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (signal.Register(signalled.SetResult))
            await signalled.Task;
    }
}
