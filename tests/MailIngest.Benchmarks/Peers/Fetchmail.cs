using System.Globalization;
using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>fetchmail, with the least delivery agent that there is: <c>cat</c> into a file of its own. Nothing is synced.</summary>
internal sealed class Fetchmail() : Peer("fetchmail")
{
    public override int AtMost(int rtt) => rtt == 0 ? 500 : 150;

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        var box = errand.Boxes.Single();
        var file = errand.Secret("fetchmailrc", string.Create(CultureInfo.InvariantCulture, $"""
            set invisible
            poll 127.0.0.1 service {errand.Port} protocol pop3 uidl
              username "{box.User}" password "{box.Password}"
              fetchall nokeep norewrite sslproto ""
              mda "cat > {errand.In("mail")}/$$"

            """));
        return ["env", "FETCHMAILHOME=" + errand.Folder, "fetchmail", "--silent", "--nosyslog", "--fetchmailrc", file];
    }

    /// <summary>1: there was no mail.</summary>
    public override bool Succeeded(int exitCode) => exitCode is 0 or 1;

    protected override IEnumerable<string> Files(Errand errand) => Directory.EnumerateFiles(errand.In("mail"));

    protected override string Expected(SampleMessage message) => message.BodyHash;

    protected override string Hash(string file) => HashOfBody(file);
}
