using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks;

/// <summary>A program that drains a maildrop into a folder of files.</summary>
internal abstract class Peer(string name)
{
    public string Name => name;

    /// <summary>Writes the peer's configuration into a new folder; the command that then does the work.</summary>
    public abstract IReadOnlyList<string> Prepare(string folder, DovecotServer server, DovecotMaildrop maildrop);

    /// <summary>The messages where <see cref="Prepare"/> made them go.</summary>
    protected abstract IEnumerable<string> Files(string folder);

    protected abstract List<string> Expected(SampleMaildrop mail);

    /// <summary>Every message must be there once with its exact octets.</summary>
    public void Check(string folder, SampleMaildrop mail)
    {
        var found = Files(folder).Select(Sha256).Order(StringComparer.Ordinal).ToList();
        if (!found.SequenceEqual(Expected(mail)))
            throw new InvalidDataException($"{Name} stored {found.Count} files; they are not the {mail.Messages} messages.");
    }

    static string Sha256(string file)
    {
        using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }
}

/// <summary>mpop, delivering into a Maildir: one fsync a message.</summary>
internal sealed class Mpop() : Peer("mpop")
{
    public override IReadOnlyList<string> Prepare(string folder, DovecotServer server, DovecotMaildrop maildrop)
    {
        foreach (var part in (string[])["cur", "new", "tmp"])
            Directory.CreateDirectory(Path.Combine(folder, "Maildir", part));
        var configuration = Path.Combine(folder, "mpoprc");
        // Without its own Received header: mpop then writes exactly the message, as its competitor does.
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            account bench
            host 127.0.0.1
            port {server.Port}
            tls off
            auth user
            user {maildrop.User}
            password {maildrop.Password}
            keep off
            received_header off
            uidls_file {folder}/uidls
            delivery maildir {folder}/Maildir

            """));
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return ["mpop", "--quiet", $"--file={configuration}", "bench"];
    }

    protected override IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(folder, "Maildir"), "*", SearchOption.AllDirectories);

    protected override List<string> Expected(SampleMaildrop mail) => mail.LineFeedHashes;
}

/// <summary>MailIngest, as users run it from a timer: <c>once</c>, into the file store.</summary>
internal sealed class Worker(string program) : Peer("MailIngest")
{
    public override IReadOnlyList<string> Prepare(string folder, DovecotServer server, DovecotMaildrop maildrop)
    {
        var mailboxes = Directory.CreateDirectory(Path.Combine(folder, "mailboxes")).FullName;
        var passwordFile = Path.Combine(folder, "password");
        File.WriteAllText(passwordFile, maildrop.Password);
        File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path.Combine(mailboxes, "bench.json"), new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = server.Port,
            ["tls"] = "none",
            ["username"] = maildrop.User,
            ["passwordFile"] = passwordFile,
            ["delete"] = true,
        }.ToJsonString());
        var settings = Path.Combine(folder, "appsettings.json");
        File.WriteAllText(settings, new JsonObject
        {
            ["mailboxes"] = mailboxes,
            ["blobs"] = new JsonObject { ["store"] = "file", ["folder"] = Blobs(folder) },
            ["ledger"] = new JsonObject { ["file"] = Path.Combine(folder, "ledger.db") },
        }.ToJsonString());
        return [program, "once", "--settings", settings];
    }

    protected override IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Directory.CreateDirectory(Blobs(folder)).FullName, "*.eml", SearchOption.AllDirectories);

    protected override List<string> Expected(SampleMaildrop mail) => mail.WireHashes;

    static string Blobs(string folder) => Path.Combine(folder, "blobs");
}
