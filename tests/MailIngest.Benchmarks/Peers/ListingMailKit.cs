using System.Globalization;
using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>MailKit where the messages stay on the server: it looks each unique-id up in a set that it has read from a file.</summary>
internal sealed class ListingMailKit(string program, IReadOnlyList<string> uniqueIds) : Peer("MailKit")
{
    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        var known = Path.Combine(errand.Folder, "known");
        File.WriteAllLines(known, uniqueIds);
        return ["dotnet", program, "mailkit-poll", errand.Port.ToString(CultureInfo.InvariantCulture), errand.Accounts(), known];
    }

    protected override string Expected(SampleMessage message) => message.WireHash;
}
