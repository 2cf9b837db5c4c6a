using System.Security.Cryptography;
using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// <c>audit</c>: compares what the server lists, what the ledger says and what the store holds. It writes nothing (but counts a refused
/// sign-in), and takes no lease, so that no poll waits for it; what a poll changes meanwhile is looked at once more before anything is said
/// about it.
/// </summary>
sealed class AuditCommand(IBlobStore blobs, UniqueIdLedger ledger, bool verify, ILogger log, CancellationToken stop)
{
    /// <summary>So many findings of a kind are printed; all are counted.</summary>
    const int MostPrinted = 100;

    /// <summary>So many blobs are looked at once more; what is beyond that is not a matter of moments.</summary>
    const int MostLooks = 10_000;

    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names, bool verify) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            var stop = interruption.Enough;
            await using var ledger = await LedgerAccess.OpenExistingAsync(configuration.Settings.Ledger, stop);
            if (ledger is null)
            {
                Console.WriteLine($"The ledger {configuration.Settings.Ledger.File} does not exist: nothing was polled yet, or its "
                    + "path is wrong. There is nothing to audit.");
                return ExitCode.Configuration;
            }
            await using var blobs = await Worker.OpenBlobsAsync(configuration.Settings.Blobs, TimeProvider.System, stop);
            var audit = new AuditCommand(blobs, ledger, verify, logs.CreateLogger("MailIngest"), stop);
            var (found, codes) = (false, new List<int>());
            foreach (var mailbox in mailboxes)
            {
                var (ofMailbox, code) = await audit.RunAsync(mailbox);
                found |= ofMailbox;
                codes.Add(code);
            }
            return found ? ExitCode.Found : ExitCode.Worst(codes);
        });

    async Task<(bool Found, int Code)> RunAsync(Mailbox mailbox)
    {
        var begun = TimeProvider.System.GetUtcNow();
        MaildropListing? listing = null;
        var code = await MaildropVisit.RunAsync(mailbox, ledger, null, log, async session =>
        {
            listing = await session.ListMaildropAsync(stop);
            await session.QuitAsync(stop); // nothing was RETR'd or DELEd: it commits nothing
        }, stop);

        var survey = new BlobSurvey(await ledger.ReadAsync(mailbox.Id, stop), begun - Forgetting.Remembered);
        await foreach (var blob in blobs.ListAsync(mailbox.Id, stop))
            survey.Add(blob, verify && survey.Expects(blob.Name) ? await HashAsync(blob.Name) : null);

        var suspects = new Dictionary<string, StoredBlob?>(StringComparer.Ordinal);
        foreach (var name in survey.Suspects.Take(MostLooks))
            suspects[name] = await LookAsync(new BlobName(name));
        var strangers = new List<ListedBlob>();
        foreach (var blob in survey.Strangers)
            strangers.Add(blob.Sha256 is null ? blob with { Sha256 = (await blobs.FindAsync(blob.Name, stop))?.Sha256 } : blob);

        var rows = await ledger.ReadAsync(mailbox.Id, stop);
        return (Print(new(mailbox, listing, rows, suspects, strangers, begun), survey), code);
    }

    async ValueTask<StoredBlob?> LookAsync(BlobName name) =>
        await blobs.FindAsync(name, stop) is { } found ? verify ? found with { Sha256 = await HashAsync(name) } : found : null;

    /// <summary>What the octets say, whatever the store has noted about them.</summary>
    async Task<string> HashAsync(BlobName name)
    {
        await using var content = await blobs.OpenReadAsync(name, stop);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }

    /// <summary>The line of the mailbox first, then a sentence for each finding.</summary>
    /// <returns>Whether anything is wrong.</returns>
    static bool Print(MailboxAudit audit, BlobSurvey survey)
    {
        var id = audit.Mailbox.Id;
        var findings = audit.Findings().ToLookup(finding => finding.Kind);
        int Count(AuditKind kind) => findings[kind].Count();
        Console.WriteLine($"{id}: lost {Count(AuditKind.Lost)}, twice {Count(AuditKind.Twice)}, orphan {Count(AuditKind.Orphan)}, pending "
            + $"{(audit.Listing is null ? "unknown" : Count(AuditKind.Pending))}; "
            + $"{audit.Listing?.Messages.Count.ToString() ?? "unknown"} listed, {audit.Rows.Count} in the ledger, {survey.Blobs} blobs");
        foreach (var kind in findings.OrderBy(kind => kind.Key))
        {
            foreach (var finding in kind.Take(MostPrinted))
                Console.WriteLine($"{id}: {kind.Key.ToString().ToLowerInvariant()}: {finding.Sentence}");
            if (kind.Count() > MostPrinted)
                Console.WriteLine($"{id}: {kind.Key.ToString().ToLowerInvariant()}: {kind.Count() - MostPrinted} more");
        }
        Remark(audit, survey);
        return Count(AuditKind.Lost) + Count(AuditKind.Twice) + Count(AuditKind.Orphan) > 0;
    }

    static void Remark(MailboxAudit audit, BlobSurvey survey)
    {
        var id = audit.Mailbox.Id;
        if (audit.Listing is null)
            Console.WriteLine($"{id}: note: the server was not asked; ledger and blobs alone were compared");
        if (audit.Untold is > 0 and var untold)
            Console.WriteLine($"{id}: note: {Plural.Of(untold, "listed message has", "listed messages have")} no unique-id of their "
                + "own; only their content tells whether they are stored");
        if (survey.TooOld is > 0 and var old)
            Console.WriteLine($"{id}: note: {Plural.Of(old, "blob is", "blobs are")} older than the {Forgetting.Remembered.TotalDays} "
                + "days for which the ledger remembers what is gone; nothing can be said about them");
        if (survey.StrangerCount > BlobSurvey.MostStrangers)
            Console.WriteLine($"{id}: note: {survey.StrangerCount} young blobs are named by no row; only the first "
                + $"{BlobSurvey.MostStrangers} were looked at");
    }
}
