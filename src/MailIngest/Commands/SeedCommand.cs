using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;

namespace MailIngest.Commands;

/// <summary>
/// <c>seed</c>: marks what is on the server now as stored elsewhere, without fetching it, so that only newer mail is ingested.
/// </summary>
static class SeedCommand
{
    public static Task<int> RunAsync(FileInfo settings, string name, bool undo) =>
        CommandHost.RunAsync(settings, [name], null, async (configuration, mailboxes, logs, interruption) =>
        {
            var mailbox = mailboxes[0];
            var log = logs.CreateLogger("MailIngest");
            await using var ledger = await UniqueIdLedger.OpenAsync(
                configuration.Settings.Ledger.File, TimeProvider.System, interruption.Enough);
            return await LedgerAccess.HoldAsync(ledger, mailbox.Id, async lease =>
            {
                if (undo)
                    return await UndoAsync(ledger, lease, interruption.Enough);
                var code = ExitCode.Ok;
                var visited = await MaildropVisit.RunAsync(mailbox, ledger, lease, log, async session =>
                {
                    var listing = await session.ListMaildropAsync(interruption.Enough);
                    var rows = await ledger.ReadAsync(mailbox.Id, interruption.Enough);
                    var seeding = Seeding.Decide(listing, rows, mailbox, TimeProvider.System.GetUtcNow());
                    if (seeding.Unnamed == 0)
                        await ledger.SeedAsync(lease, seeding.Marked, interruption.Enough);
                    Console.WriteLine(Sentence(mailbox, seeding));
                    code = seeding.Unnamed == 0 ? ExitCode.Ok : ExitCode.Temporary;
                    await session.QuitAsync(interruption.Enough); // nothing was RETR'd or DELEd: it commits nothing
                }, interruption.Enough);
                return ExitCode.Worst(code, visited);
            }, interruption.Enough);
        });

    static async Task<int> UndoAsync(UniqueIdLedger ledger, MailboxLease lease, CancellationToken stop)
    {
        var count = await ledger.UnseedAsync(lease, stop);
        Console.WriteLine(count == 0
            ? $"{lease.Mailbox}: no message is marked as stored elsewhere; nothing to undo"
            : $"{lease.Mailbox}: {Plural.Of(count, "message is", "messages are")} marked no longer; the next poll ingests what is "
                + "still on the server, by the mailbox's own rules");
        return ExitCode.Ok;
    }

    internal static string Sentence(Mailbox mailbox, Seeding seeding) => seeding.Unnamed > 0
        ? $"{mailbox.Id}: {Plural.Of(seeding.Unnamed, "message has", "messages have")} no unique-id of their own, so that no later "
            + "poll could recognise them; nothing was marked"
        : $"{mailbox.Id}: {Plural.Of(seeding.Marked.Count, "message is", "messages are")} marked as stored elsewhere: no poll fetches "
            + "or deletes them"
            + Others(seeding);

    static string Others(Seeding seeding) =>
        (seeding.Before > 0 ? $"; marked before: {seeding.Before}" : "")
            + (seeding.Stored > 0 ? $"; stored here, and as they were: {seeding.Stored}" : "");
}
