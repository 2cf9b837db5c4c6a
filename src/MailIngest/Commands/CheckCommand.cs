using System.Globalization;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// <c>check</c>: says whether the configuration is right; with <c>--connect</c>, whether the servers and the store agree.
/// </summary>
static class CheckCommand
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names, bool connect) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            Console.WriteLine($"{configuration.Settings.File}: right; "
                + $"{Plural.Of(configuration.Mailboxes.Count, "mailbox", "mailboxes")} in {configuration.Settings.MailboxFolder}");
            foreach (var mailbox in configuration.Mailboxes)
                Console.WriteLine($"  {mailbox.Id}: {mailbox.Username} at {mailbox.Server}, {Policy(mailbox)}");
            var secrets = await SecretsAsync(mailboxes, interruption.Stop);
            if (!connect)
                return secrets;

            await using var worker = await Worker.OpenAsync(configuration.Settings, TimeProvider.System, logs, interruption.Stop);
            await worker.Blobs.ProbeAsync(interruption.Stop);
            Console.WriteLine($"blob store: {worker.Blobs.Place}: a probe blob was written, read back and removed");
            Console.WriteLine($"ledger: {configuration.Settings.Ledger.File}: open, every commit is synced");

            var codes = new List<int> { secrets };
            foreach (var mailbox in mailboxes)
                codes.Add(await ConnectAsync(mailbox, worker.Ledger, logs.CreateLogger("MailIngest"), interruption.Stop));
            return ExitCode.Worst(codes);
        });

    /// <summary>Reads each password and each client certificate, from wherever it comes, and forgets them.</summary>
    static async Task<int> SecretsAsync(IReadOnlyList<Mailbox> mailboxes, CancellationToken stop)
    {
        var code = ExitCode.Ok;
        foreach (var mailbox in mailboxes)
        {
            try
            {
                await mailbox.Password.ReadAsync(stop);
                if (mailbox.Tls.Certificate is { } certificate)
                    await certificate.ReadAsync(stop);
            }
            catch (SecretException missing)
            {
                Console.WriteLine(missing.Message);
                code = ExitCode.Configuration;
            }
        }
        return code;
    }

    /// <summary>Signs in, looks, and quits: no RETR, no DELE, so that QUIT commits nothing.</summary>
    static Task<int> ConnectAsync(Mailbox mailbox, UniqueIdLedger ledger, ILogger log, CancellationToken stop)
    {
        Console.WriteLine();
        return MaildropVisit.RunAsync(mailbox, ledger, null, log, async session =>
        {
            Console.WriteLine($"{mailbox.Id}: signed in to {mailbox.Server} as {mailbox.Username}");
            Console.WriteLine($"  capabilities: {Offered(session.Capabilities)}");
            foreach (var remark in Remarks(mailbox, session.Capabilities))
                Console.WriteLine($"  note: {remark}");

            var listing = await session.ListMaildropAsync(stop);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  maildrop: {Plural.Of(listing.Messages.Count, "message")}, "
                    + $"{listing.Messages.Sum(message => message.Octets):N0} octets"));
            Console.WriteLine($"  unique-ids: {UniqueIds(listing)}");
            await session.QuitAsync(stop);
        }, stop, step => Console.WriteLine($"{mailbox.Id}: {step}"));
    }

    static string Offered(Capabilities capabilities) => capabilities.Announced
        ? string.Join(", ", capabilities.Lines.Select(line => HostileText.Escape(line)))
        : "the server does not know CAPA";

    static IEnumerable<string> Remarks(Mailbox mailbox, Capabilities capabilities)
    {
        if (!capabilities.Pipelining)
            yield return "no PIPELINING: one command at a time, so each message costs a round trip";
        if (capabilities.LoginDelay is > 0 and var delay)
            yield return $"LOGIN-DELAY {delay}: poll no more often than every {delay} seconds; each poll is one session";
        if (capabilities.Expire is 0 && !mailbox.Delete)
            yield return "EXPIRE 0: this server may delete what a poll has fetched although delete is false; the poll stores "
                + "it before that";
        if (mailbox.Server.Tls == TlsMode.None)
            yield return "no TLS: password and mail cross the network in clear text";
    }

    static string UniqueIds(MaildropListing listing)
    {
        if (!listing.HasUniqueIds)
            return "none (no UIDL): each message is recognised by its content, which costs a second RETR";
        var missing = listing.Messages.Count(message => message.UniqueId is null);
        var twice = listing.Messages.Where(message => message.UniqueId is not null).GroupBy(message => message.UniqueId)
            .Count(group => group.Count() > 1);
        return missing + twice == 0 ? "one for each message"
            : $"{missing} missing, {twice} given to several messages: those are recognised by their content";
    }

    static string Policy(Mailbox mailbox) =>
        !mailbox.Enabled ? "disabled"
        : !mailbox.Delete ? "messages stay on the server"
        : mailbox.DeleteAfter is { } after ? $"messages leave the server {after} after their first sight, once stored"
        : "messages leave the server once stored";
}
