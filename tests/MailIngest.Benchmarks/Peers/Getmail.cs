using System.Globalization;
using MailIngest.Benchmarks.Mail;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Peers;

/// <summary>getmail6, into a Maildir: two fsyncs and a process for each message.</summary>
internal sealed class Getmail() : Peer("getmail6")
{
    const uint Nobody = 65534;

    public override int AtMost(int rtt) => rtt == 0 ? 500 : 150;

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        var box = errand.Boxes.Single();
        string[] folders = [errand.In("mail"), errand.In("mail", "cur"), errand.In("mail", "new"), errand.In("mail", "tmp")];
        var file = errand.Secret("getmailrc", string.Create(CultureInfo.InvariantCulture, $"""
            [retriever]
            type = SimplePOP3Retriever
            server = 127.0.0.1
            port = {errand.Port}
            username = {box.User}
            password = {box.Password}
            [destination]
            type = Maildir
            path = {errand.In("mail")}/
            [options]
            delete = true
            read_all = true
            received = false
            delivered_to = false
            verbose = 0

            """));
        string[] command = ["getmail", "--getmaildir", errand.Folder, "--rcfile", file];
        if (!Libc.IsRoot)
            return command;

        // It does not deliver as root.
        foreach (var path in folders.Append(errand.Folder).Append(file))
            _ = Libc.ChangeOwner(path, Nobody, Nobody);
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", .. command];
    }

    protected override IEnumerable<string> Files(Errand errand) => Maildir(errand.In("mail"));

    protected override string Expected(SampleMessage message) => message.BodyHash;

    protected override string Hash(string file) => HashOfBody(file);
}
