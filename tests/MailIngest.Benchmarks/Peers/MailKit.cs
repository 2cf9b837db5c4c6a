using System.Globalization;
using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>MailKit in a small program, as built by <c>dotnet build</c>: one message after the other, or batches of 128 in memory.
/// Nothing is synced.</summary>
internal sealed class MailKit(string program, bool inBatches) : Peer(inBatches ? "MailKit, batches" : "MailKit, one by one")
{
    const int AtOnce = 64;

    public override int AtMost(int rtt) => inBatches || rtt == 0 ? int.MaxValue : 150;

    public override IReadOnlyList<string> Prepare(Errand errand) =>
    [
        "dotnet", program, inBatches ? "mailkit-batch" : "mailkit-one", errand.Port.ToString(CultureInfo.InvariantCulture), errand.Accounts(),
        errand.In("mail"), AtOnce.ToString(CultureInfo.InvariantCulture),
    ];

    protected override IEnumerable<string> Files(Errand errand) => Maildir(errand.In("mail"));

    protected override string Expected(SampleMessage message) => message.WireHash;
}
