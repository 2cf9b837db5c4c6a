using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Status;
using MailIngest.Web;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// <c>run</c>: polls each mailbox by its own schedule, and follows its files, until the first signal; then it ends in good order.
/// </summary>
static class RunCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            var clock = TimeProvider.System;
            var log = logs.CreateLogger("MailIngest");
            await using var worker = await Worker.OpenAsync(configuration.Settings, clock, logs, interruption.Stop);
            LedgerAccess.WarnIfVolatile(configuration.Settings.Ledger, log);
            var board = new StatusBoard(worker.Ledger, () => worker.Blobs.Problem, clock);
            board.Configure(names.Count > 0 ? mailboxes : configuration.Mailboxes, []);
            await using var web = await StatusServer.StartAsync(configuration.Settings.Web, board, clock, log, interruption.Stop);
            await using var push = await StatusPush.StartAsync(configuration.Settings.Telemetry, board, clock, log, interruption.Stop);

            var turns = Turns();
            await using (var rounds = Rounds(turns))
            {
                await rounds.StartAsync(interruption.Stop);
                await rounds.ApplyAsync(mailboxes);
                log.Started(mailboxes.Count, configuration.Settings.MailboxFolder, worker.Blobs.Place, configuration.Settings.Ledger.File);

                // Both end at the first signal; the polls that run then are waited for at the end of this block.
                await Task.WhenAll(FollowFilesAsync(rounds), ForgetDailyAsync());
            }
            return End(turns, log);

            // How many of the polls that are due run at once.
            PollTurns Turns() =>
                new(new SessionSlots(configuration.Settings.Limits), board, worker.Poll.RunAsync, interruption.Enough, interruption.Stop);

            // Which mailbox is due, and when.
            PollRounds Rounds(PollTurns turns) =>
                new(turns.PollAsync, mailbox => worker.Ledger.ReadTraitsAsync(mailbox, interruption.Stop), clock, log)
                {
                    Due = board.Due,
                    Ticked = () =>
                    {
                        board.Ticked();
                        _ = worker.LookAtStoreAsync(interruption.Enough); // the heartbeat does not wait for a store
                    },
                };

            Task FollowFilesAsync(PollRounds rounds) => new Reloading(new MailboxRoster(configuration), change =>
            {
                var chosen = CommandHost.Chosen(change.Mailboxes, names);
                board.Configure(names.Count > 0 ? chosen : change.Mailboxes, change.Problems);
                return rounds.ApplyAsync(chosen);
            }, clock, log).RunAsync(interruption.Enough);

            Task ForgetDailyAsync() => new Forgetting(worker.Ledger.ForgetGoneAsync, clock, log).DailyAsync(interruption.Enough);
        });

    static int End(PollTurns turns, ILogger log)
    {
        if (turns.Dropped == 0)
            log.Ended(turns.Polls);
        else
            log.EndedDropping(turns.Polls, turns.Dropped);
        return turns.Dropped == 0 ? ExitCode.Ok : ExitCode.Temporary;
    }
}
