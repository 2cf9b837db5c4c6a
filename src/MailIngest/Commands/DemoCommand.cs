using System.Globalization;
using System.Security.Cryptography;
using MailIngest.Demo;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Settings;

namespace MailIngest.Commands;

/// <summary><c>demo</c>: our own server on loopback, a sample maildrop, a folder, two polls by the worker's real parts, and every byte compared.</summary>
static class DemoCommand
{
    const string User = "orders@example.org";
    const string Password = "a-password-for-the-demo";

    /// <returns>0; 70 when what is stored is not what was sent.</returns>
    public static async Task<int> RunAsync(DirectoryInfo? chosen)
    {
        var folder = chosen?.FullName ?? Directory.CreateTempSubdirectory("mailingest-demo-").FullName;
        var settings = new WorkerSettings
        {
            File = "(demo)",
            MailboxFolder = "(demo)",
            Blobs = new FileBlobSettings(Path.Combine(folder, "blobs")),
            Ledger = new LedgerSettings(Path.Combine(folder, "ledger.db")),
        };
        using var logs = Logging.Create(settings.Log, null);

        var maildrop = new Maildrop();
        var sent = SampleMail.Messages().ToList();
        foreach (var (_, octets) in sent)
            maildrop.Add(octets);
        await using var server = Pop3Server.Start(new() { Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, maildrop) } });
        Console.WriteLine($"A POP3 server with a sample maildrop listens on 127.0.0.1:{server.Port}: {sent.Count} messages,");
        foreach (var (about, octets) in sent)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {octets.Length,9:N0} octets: {about}"));

        await using var worker = await Worker.OpenAsync(settings, TimeProvider.System, logs, CancellationToken.None);
        var mailbox = new Mailbox
        {
            Id = "orders",
            File = "(demo)",
            Server = new Pop3Endpoint("127.0.0.1", server.Port, TlsMode.None),
            Username = User,
            Password = new InlineSecret(new("mailbox orders", "password", "(demo)"), new Secret(Password)),
        };

        Console.WriteLine("\nFirst poll: RETR, store, sync, DELE, QUIT.");
        var first = await PollAsync(worker, mailbox);
        Console.WriteLine($"The maildrop holds {maildrop.Count} messages now. Stored below {folder}:");
        var files = Directory.EnumerateFiles(Path.Combine(folder, "blobs", mailbox.Id), "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        foreach (var file in files)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {new FileInfo(file).Length,9:N0} octets: {Path.GetRelativePath(folder, file)}"));

        Console.WriteLine("\nSecond poll: nothing is new.");
        var second = await PollAsync(worker, mailbox);

        var hashes = files.Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))).Order(StringComparer.Ordinal);
        var exact = hashes.SequenceEqual(sent.Select(message => Convert.ToHexStringLower(SHA256.HashData(message.Octets))).Order(StringComparer.Ordinal));
        var right = exact && maildrop.Count == 0 && first.Counts.Fetched == sent.Count && second.Counts is { Listed: 0, Fetched: 0 };
        Console.WriteLine(right
            ? $"\nAll {sent.Count} messages were stored once, byte for byte (SHA-256 compared), and the maildrop is empty."
            : "\nWhat is stored is not what was sent. This is a bug; please report it.");
        return right ? ExitCode.Ok : ExitCode.Software;
    }

    static async Task<PollReport> PollAsync(Worker worker, Mailbox mailbox)
    {
        var report = await worker.Poll.RunAsync(mailbox, new PollReport(mailbox.Id), CancellationToken.None, CancellationToken.None);
        if (report.Counts.Listed == 0)
            Console.WriteLine("orders: listed 0");
        return report;
    }
}
