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
                    $"{mailbox.Id}: {HostileText.Escape(row.UniqueId)}: {row.ListedOctets:N0} octets, first seen {row.FirstSeen:u}, "
                        + $"{Plural.Of(row.Attempts, "attempt")}: {HostileText.Escape(row.LastError ?? "", 500)}"));
        });

    /// <param name="uniqueId">One message, as <c>list</c> shows it; null: all.</param>
    public static Task<int> ReleaseAsync(FileInfo settings, IReadOnlyList<string> names, string? uniqueId)
    {
        var found = false;
        return RunAsync(settings, names, async (ledger, mailbox, stop) =>
        {
            foreach (var row in Chosen(await QuarantinedAsync(ledger, mailbox, stop), uniqueId))
                if (found |= await ledger.ReleaseAsync(mailbox.Id, row.Key, stop))
                    Console.WriteLine($"{mailbox.Id}: {HostileText.Escape(row.UniqueId)}: released; the next poll tries it again");
        }, () => uniqueId is null || found ? ExitCode.Ok : NoSuch(uniqueId));
    }

    /// <summary>The rows that a person means: all, or those of one unique-id, given as it is or as <c>list</c> shows it. What could be
    /// several unique-ids is none.</summary>
    internal static IReadOnlyList<LedgerRow> Chosen(IReadOnlyList<LedgerRow> rows, string? uniqueId)
    {
        if (uniqueId is null)
            return rows;
        var exact = rows.Where(row => row.UniqueId == uniqueId).ToList();
        var shown = rows.Where(row => HostileText.Escape(row.UniqueId).Trim() == uniqueId.Trim()).ToList();
        return exact.Count > 0 ? exact : shown.Select(row => row.UniqueId).Distinct().Count() == 1 ? shown : [];
    }

    internal static int NoSuch(string uniqueId)
    {
        Console.WriteLine($"No quarantined message has the unique-id {HostileText.Escape(uniqueId)}; see: MailIngest quarantine list");
        return ExitCode.Usage;
    }

    internal static async Task<IReadOnlyList<LedgerRow>> QuarantinedAsync(UniqueIdLedger ledger, Mailbox mailbox, CancellationToken stop) =>
        [.. (await ledger.ReadAsync(mailbox.Id, stop)).Where(row => row is { Quarantined: true, State: MessageState.Seen })];

    static Task<int> RunAsync(
        FileInfo settings, IReadOnlyList<string> names, Func<UniqueIdLedger, Mailbox, CancellationToken, Task> command,
        Func<int>? end = null) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, _, interruption) =>
        {
            await using var ledger = await UniqueIdLedger.OpenAsync(
                configuration.Settings.Ledger.File, TimeProvider.System, interruption.Stop);
            foreach (var mailbox in mailboxes)
                await command(ledger, mailbox, interruption.Stop);
            return end?.Invoke() ?? ExitCode.Ok;
        });
}
