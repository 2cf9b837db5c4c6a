using System.Globalization;

namespace MailIngest.Benchmarks.Peers;

/// <summary>mpop where the messages stay on the server, and its file of unique-ids holds all of them.</summary>
internal sealed class ListingMpop(IReadOnlyList<string> uniqueIds) : Mpop
{
    protected override string Keep => "keep on\nonly_new on";

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        var box = errand.Boxes.Single();
        // Its own format: a head for each account, then its unique-ids in ascending order.
        string[] head = ["#", string.Create(CultureInfo.InvariantCulture, $" {uniqueIds.Count} 127.0.0.1 {box.User}")];
        File.WriteAllLines(UniqueIds(errand, box), head.Concat(uniqueIds.Order(StringComparer.Ordinal)));
        return base.Prepare(errand);
    }
}
