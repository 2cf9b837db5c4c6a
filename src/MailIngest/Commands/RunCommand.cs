using MailIngest.Polling;

namespace MailIngest.Commands;

/// <summary><c>run</c>: polls each mailbox by its own schedule until the first signal, then ends in good order.</summary>
static class RunCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            await using var worker = await Worker.OpenAsync(configuration.Settings, TimeProvider.System, logs, interruption.Stop);
            await using (await PollSchedule.StartAsync(
                mailboxes,
                (mailbox, _) => worker.Poll.RunAsync(mailbox, new PollReport(mailbox.Id), interruption.Enough, interruption.Stop),
                configuration.Settings.Limits.Sessions, TimeProvider.System, interruption.Stop))
                await WaitAsync(interruption.Enough);
            return ExitCode.Ok;
        });

    static async Task WaitAsync(CancellationToken signal)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (signal.Register(signalled.SetResult))
            await signalled.Task;
    }
}
