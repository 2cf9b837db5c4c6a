using System.Text;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Status;

namespace MailIngest.Commands;

/// <summary><c>status</c>: how each mailbox is, from the configuration and the ledger alone; also while <c>run</c> works.</summary>
static class StatusCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names, bool json)
    {
        var output = Console.Out;
        if (json)
            Console.SetOut(Console.Error); // warnings are logged there, and a script reads the output
        return CommandHost.RunAsync(settings, names, null, async (configuration, chosen, _, interruption) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            await using var ledger = await LedgerAccess.OpenExistingAsync(configuration.Settings.Ledger, interruption.Enough);
            var read = await ReadAsync(ledger, names.Count > 0 ? chosen : configuration.Mailboxes, now, interruption.Enough);
            MailboxStatus[] mailboxes = [.. read.OrderWorstFirst()];
            await output.WriteAsync(json
                ? Encoding.UTF8.GetString(StatusJson.Text(mailboxes, now)) + Environment.NewLine
                : StatusTable.Text(mailboxes, now, Console.IsOutputRedirected ? int.MaxValue : Math.Max(40, Console.WindowWidth)));
            return mailboxes.Any(mailbox => mailbox.NeedsALook()) ? ExitCode.Temporary : ExitCode.Ok;
        });
    }

    static async Task<IEnumerable<MailboxStatus>> ReadAsync(
        UniqueIdLedger? ledger, IReadOnlyList<Mailbox> mailboxes, DateTimeOffset now, CancellationToken stop)
    {
        if (ledger is null)
            return mailboxes.Select(
                mailbox => MailboxStatus.Of(mailbox, new(), Unstored.None, polling: false, problem: null, nextPoll: null, now));
        var traits = await ledger.ReadAllTraitsAsync(stop);
        var unstored = await ledger.ReadUnstoredAsync(stop);
        var holders = await ledger.ReadHoldersAsync(stop);
        return mailboxes.Select(mailbox =>
        {
            var learned = traits.GetValueOrDefault(mailbox.Id) ?? new();
            var polling = holders.TryGetValue(mailbox.Id, out var holder) && !WorkerIdentity.HasDied(holder);
            return MailboxStatus.Of(
                mailbox, learned, unstored.GetValueOrDefault(mailbox.Id) ?? Unstored.None, polling, problem: null,
                PollTimes.First(mailbox, learned, now), now);
        });
    }
}
