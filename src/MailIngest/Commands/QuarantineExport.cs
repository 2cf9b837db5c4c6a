using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;

namespace MailIngest.Commands;

/// <summary>
/// <c>quarantine export</c>: copies quarantined messages from the server into files for a person to look at, octet for octet. They stay on
/// the server: no DELE is sent, and no QUIT either, because some servers delete at QUIT what was retrieved (rule R3).
/// </summary>
static class QuarantineExport
{
    public static Task<int> RunAsync(FileInfo settings, string name, string? uniqueId, DirectoryInfo folder) =>
        CommandHost.RunAsync(settings, [name], null, async (configuration, mailboxes, logs, interruption) =>
        {
            var (mailbox, stop) = (mailboxes[0], interruption.Enough);
            await using var ledger = await UniqueIdLedger.OpenAsync(configuration.Settings.Ledger.File, TimeProvider.System, stop);
            var rows = await QuarantineCommand.QuarantinedAsync(ledger, mailbox, stop);
            var wanted = QuarantineCommand.Chosen(rows, uniqueId);
            if (wanted.Count == 0)
                return uniqueId is null ? Nothing(mailbox) : QuarantineCommand.NoSuch(uniqueId);
            if (!Create(folder))
                return ExitCode.CannotCreate;

            return await LedgerAccess.HoldAsync(ledger, mailbox.Id, async lease =>
            {
                var code = ExitCode.Ok;
                var visited = await MaildropVisit.RunAsync(mailbox, ledger, lease, logs.CreateLogger("MailIngest"),
                    async session => code = await ExportAsync(session, mailbox, wanted, folder, stop), stop);
                return ExitCode.Worst(code, visited);
            }, stop);
        });

    static async Task<int> ExportAsync(
        MaildropSession session, Mailbox mailbox, IReadOnlyList<LedgerRow> wanted, DirectoryInfo folder, CancellationToken stop)
    {
        var listing = await session.ListMaildropAsync(stop);
        var codes = new List<int>();
        foreach (var (row, listed, file) in Choose(mailbox, listing, wanted))
        {
            var shown = $"{mailbox.Id}: {HostileText.Escape(row.UniqueId)}";
            if (listed is not { } message)
                codes.Add(Say(ExitCode.Temporary, $"{shown}: is not on the server any more; nothing to export"));
            else
                codes.Add(await SaveAsync(session, shown, message, Path.Combine(folder.FullName, file), stop));
        }
        return ExitCode.Worst(codes);
    }

    /// <summary>
    /// Which listed messages the rows are, and the name of the file for each: nothing that a server or sender wrote stands in it, and each
    /// message has the same name each time. A message that could not be identified is known by its size alone: then all of that size are
    /// meant.
    /// </summary>
    internal static IEnumerable<(LedgerRow Row, ListedMessage? Listed, string File)> Choose(
        Mailbox mailbox, MaildropListing listing, IReadOnlyList<LedgerRow> wanted)
    {
        var ambiguous = PollPlan.Ambiguous(listing);
        foreach (var row in wanted)
        {
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(row.UniqueId)), 0, 8);
            var name = string.Create(CultureInfo.InvariantCulture, $"{mailbox.Id}-{key}-{row.Generation}");
            var found = listing.Messages.Where(message => message.UniqueId == row.UniqueId
                || (ContentId.OfSize(message.Octets) == row.UniqueId && (message.UniqueId is null || ambiguous.Contains(message.UniqueId))))
                    .ToList();
            if (found.Count == 0)
                yield return (row, null, "");
            for (var i = 0; i < found.Count; i++)
                yield return (row, found[i], found.Count == 1 ? $"{name}.eml"
                    : string.Create(CultureInfo.InvariantCulture, $"{name}-{i + 1}.eml"));
        }
    }

    static async Task<int> SaveAsync(MaildropSession session, string shown, ListedMessage message, string path, CancellationToken stop)
    {
        if (File.Exists(path))
            return Say(ExitCode.Temporary, $"{shown}: {path} exists already and was not changed; remove it to export the message again");
        await foreach (var retrieved in session.RetrieveAsync([new(message.Number, message.Octets)], CancellationToken.None, stop))
        {
            if (retrieved.Refused)
                return Say(ExitCode.Temporary, $"{shown}: the server refused RETR: {retrieved.Reply}");
            return await SaveAsync(retrieved.Content, shown, message.Octets, path, stop);
        }
        return ExitCode.Temporary;
    }

    /// <exception cref="Pop3Exception">The wire failed; what came before that is in the file.</exception>
    static async Task<int> SaveAsync(Stream content, string shown, long listed, string path, CancellationToken stop)
    {
        FileStream file;
        try
        {
            file = Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(ExitCode.CannotCreate, $"{shown}: {path} cannot be written: {e.Message}");
        }
        await using (file)
        {
            try
            {
                await CopyAsync(content, file, stop);
            }
            catch (Exception e) when (e is Pop3Exception or IOException or TimeoutException)
            {
                Say(0, $"{shown}: ended after {file.Position} of {listed} octets; what came is in {path}");
                throw;
            }
            return Say(ExitCode.Ok, file.Position < listed
                ? $"{shown}: truncated by the server: {file.Position} of {listed} octets are in {path}; the message stays on the server"
                : $"{shown}: {file.Position} octets are in {path}; the message stays on the server");
        }
    }

    /// <exception cref="BlobStoreException">The file cannot be written: another failure than one of the wire.</exception>
    static async Task CopyAsync(Stream content, FileStream file, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (await content.ReadAsync(buffer, stop) is > 0 and var octets)
        {
            try
            {
                await file.WriteAsync(buffer.AsMemory(0, octets), stop);
            }
            catch (IOException full)
            {
                throw new BlobStoreException($"{file.Name} cannot be written: {full.Message}", full, isTransient: false);
            }
        }
    }

    /// <summary>A new file that only this account can read.</summary>
    static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    static bool Create(DirectoryInfo folder)
    {
        try
        {
            folder.Create();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.WriteLine($"{folder} cannot be created: {e.Message}");
            return false;
        }
    }

    static int Nothing(Mailbox mailbox) => Say(ExitCode.Ok, $"{mailbox.Id}: no message is quarantined; nothing to export");

    static int Say(int code, string sentence)
    {
        Console.WriteLine(sentence);
        return code;
    }
}
