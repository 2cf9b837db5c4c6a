using MailIngest.Ledger;
using MailIngest.Mailboxes;

namespace MailIngest.Commands;

/// <summary><c>forget</c>: removes a mailbox that is decommissioned from the ledger. Blobs and server are not touched.</summary>
static class ForgetCommand
{
    public static Task<int> RunAsync(FileInfo settings, string name, bool yes) =>
        CommandHost.RunAsync(settings, [], null, async (configuration, _, _, interruption) =>
        {
            var stop = interruption.Enough;
            var configured = configuration.Mailboxes.FirstOrDefault(mailbox => mailbox.Id == name);
            await using var ledger = await LedgerAccess.OpenExistingAsync(configuration.Settings.Ledger, stop);
            var rows = ledger is null ? [] : await ledger.ReadAsync(name, stop);
            var known = rows.Count > 0 || (ledger is not null && (await ledger.ReadAllTraitsAsync(stop)).ContainsKey(name));
            if (!known || ledger is null)
            {
                Console.WriteLine($"{name}: the ledger knows no mailbox of this name; nothing was done");
                return ExitCode.Usage;
            }
            if (Refusal(name, configured, rows, yes) is { } refusal)
            {
                Console.WriteLine(refusal);
                return ExitCode.Usage;
            }
            return await LedgerAccess.HoldAsync(ledger, name, async lease =>
            {
                // What the server asked for and refused is kept for a mailbox that is polled: forgetting it could lock the account.
                var count = await ledger.ForgetMailboxAsync(lease, traitsToo: configured is null, stop);
                Console.WriteLine($"{name}: {Plural.Of(count, "message is", "messages are")} forgotten; blobs are where they were");
                return ExitCode.Ok;
            }, stop);
        });

    /// <summary>Why not, and what it would mean; null when it may be done.</summary>
    internal static string? Refusal(string name, Mailbox? configured, IReadOnlyList<LedgerRow> rows, bool yes)
    {
        if (yes || configured is not { Enabled: true })
            return null;
        var seeded = rows.Count(row => row.Seeded && row.State == MessageState.Seen);
        var quarantined = rows.Count(row => row.Quarantined && row.State == MessageState.Seen);
        return $"{name}: is configured and enabled in {configured.File}; nothing was done. "
            + $"Forgetting its {Plural.Of(rows.Count, "message")} would let the next poll fetch again what is still on the server (it "
            + "is recognised by its blobs and not stored twice)"
            + (seeded > 0 ? $", and store {Plural.Of(seeded, "message")} seeded as stored elsewhere" : "")
            + (quarantined > 0 ? $", and try {Plural.Of(quarantined, "quarantined message")} again" : "")
            + ". Disable or remove the mailbox first, or add --yes.";
    }
}
