using System.Globalization;
using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>mpop, delivering into a Maildir: one fsync a message. For many mailboxes sixteen of it run at once.</summary>
internal class Mpop() : Peer(Mpop.OwnName)
{
    public const string OwnName = "mpop";

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        var files = errand.Boxes.Select(box => Configure(errand, box)).ToList();
        if (files is [var only])
            return ["mpop", "--quiet", only];
        var list = Path.Combine(errand.Folder, "list");
        File.WriteAllLines(list, files);
        return ["xargs", "-a", list, "-P", "16", "-n", "1", "mpop", "--quiet"];
    }

    protected virtual string Keep => "keep off";

    protected static string UniqueIds(Errand errand, Box box) => Path.Combine(errand.Folder, box.User + ".uidls");

    protected override IEnumerable<string> Files(Errand errand) => Maildir(errand.In("mail"));

    protected override string Expected(SampleMessage message) => message.LineFeedHash;

    // Without its own Received header mpop writes exactly the message, as MailIngest does.
    string Configure(Errand errand, Box box)
    {
        var maildir = errand.In("mail", box.User);
        foreach (var part in (string[])["cur", "new", "tmp"])
            Directory.CreateDirectory(Path.Combine(maildir, part));
        return "--file=" + errand.Secret(box.User + ".mpoprc", string.Create(CultureInfo.InvariantCulture, $"""
            account default
            host 127.0.0.1
            port {errand.Port}
            tls off
            auth user
            user {box.User}
            password {box.Password}
            {Keep}
            received_header off
            uidls_file {UniqueIds(errand, box)}
            delivery maildir {maildir}

            """));
    }
}
