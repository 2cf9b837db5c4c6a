using System.Globalization;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Commands;

/// <summary><c>quarantine</c>: shows the messages that were put aside, and releases them. They are still on their server.</summary>
static class QuarantineCommand
{
    public static Task<int> ListAsync(FileInfo settings, IReadOnlyList<string> names) =>
        RunAsync(settings, names, async (ledger, mailbox, stop) =>
        {
            foreach (var row in await QuarantinedAsync(ledger, mailbox, stop))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{mailbox.Id}: {HostileText.Escape(row.UniqueId)}: {row.ListedOctets:N0} octets, first seen {row.FirstSeen:u}, {row.Attempts} attempts: {row.LastError}"));
        });

    public static Task<int> ReleaseAsync(FileInfo settings, IReadOnlyList<string> names) =>
        RunAsync(settings, names, async (ledger, mailbox, stop) =>
        {
            foreach (var row in await QuarantinedAsync(ledger, mailbox, stop))
                if (await ledger.ReleaseAsync(mailbox.Id, row.Key, stop))
                    Console.WriteLine($"{mailbox.Id}: {HostileText.Escape(row.UniqueId)}: released; the next poll tries it again");
        });

    static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names, Func<UniqueIdLedger, Mailbox, CancellationToken, Task> command) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, _, interruption) =>
        {
            await using var ledger = await UniqueIdLedger.OpenAsync(configuration.Settings.Ledger.File, TimeProvider.System, interruption.Stop);
            foreach (var mailbox in mailboxes)
                await command(ledger, mailbox, interruption.Stop);
            return ExitCode.Ok;
        });

    static async Task<IEnumerable<LedgerRow>> QuarantinedAsync(UniqueIdLedger ledger, Mailbox mailbox, CancellationToken stop) =>
        (await ledger.ReadAsync(mailbox.Id, stop)).Where(row => row is { Quarantined: true, State: MessageState.Seen });
}
