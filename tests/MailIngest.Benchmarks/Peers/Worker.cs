using System.Text.Json.Nodes;
using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>MailIngest, as users run it from a timer: <c>once</c>, into the file store.</summary>
internal class Worker(string program) : Peer(Worker.OwnName)
{
    public const string OwnName = "MailIngest";

    /// <summary>So many sessions at once, where there is more than one mailbox: all of them are on one host.</summary>
    const int Sessions = 64;

    protected virtual bool Deletes => true;

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        foreach (var box in errand.Boxes)
            WriteMailbox(errand, box);
        var settings = new JsonObject
        {
            ["mailboxes"] = errand.In("mailboxes"),
            ["blobs"] = Blobs(errand),
            ["ledger"] = new JsonObject { ["file"] = Ledger(errand) },
        };
        if (errand.Boxes.Count > 1)
            settings["limits"] = new JsonObject { ["sessions"] = Sessions, ["sessionsPerHost"] = Sessions };
        var file = Path.Combine(errand.Folder, "appsettings.json");
        File.WriteAllText(file, settings.ToJsonString());
        return [program, "once", "--settings", file];
    }

    protected virtual string Ledger(Errand errand) => Path.Combine(errand.Folder, "ledger.db");

    protected virtual JsonObject Blobs(Errand errand) => new() { ["store"] = "file", ["folder"] = errand.In("blobs") };

    protected override IEnumerable<string> Files(Errand errand) =>
        Directory.EnumerateFiles(errand.In("blobs"), "*.eml", SearchOption.AllDirectories);

    protected override string Expected(SampleMessage message) => message.WireHash;

    void WriteMailbox(Errand errand, Box box) =>
        File.WriteAllText(Path.Combine(errand.In("mailboxes"), box.User + ".json"), new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = errand.Port,
            ["tls"] = "none",
            ["username"] = box.User,
            ["passwordFile"] = errand.Secret(box.User + ".password", box.Password),
            ["delete"] = Deletes,
        }.ToJsonString());
}
