using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>All messages of one or of many maildrops are fetched, stored, and deleted from the server.</summary>
/// <param name="name">As on the command line.</param>
/// <param name="rtt">The round trip to the server in milliseconds.</param>
/// <param name="sizes">Of all messages together.</param>
/// <param name="mailboxes">Over so many maildrops they are spread, as many into each.</param>
/// <param name="peers">Who does it.</param>
/// <param name="targets">What MailIngest has to reach.</param>
internal sealed class Drain(
    string name, int rtt, Func<long[]> sizes, int mailboxes, Func<Options, int, IReadOnlyList<Peer>> peers, params Target[] targets)
    : Profile(name, targets)
{
    public override async Task<Table> RunAsync(Bench bench, CancellationToken stop)
    {
        var sample = Sample.Write(Path.Combine(bench.Disk.NewFolder(), "sample"), sizes());
        var each = sample.Messages.Count / mailboxes;
        var whole = await WarmMail.FillAsync(
            bench.Server, Enumerable.Range(0, mailboxes).Select(box => sample.Slice(box * each, each)), bench.Disk.NewFolder(), stop);
        var shares = new Dictionary<int, WarmMail>();
        await using var link = rtt == 0 ? null : await NativeServer.DelayAsync(bench.Tools, bench.Server.Port, rtt, stop);

        var entries = new List<(Peer, int?)>();
        foreach (var peer in peers(bench.Options, rtt))
        {
            var share = peer.AtMost(rtt) < sample.Messages.Count ? peer.AtMost(rtt) : (int?)null;
            if (share is { } few && bench.IsChosen(peer) && !shares.ContainsKey(few))
                shares[few] = await WarmMail.FillAsync(bench.Server, [sample.Slice(0, few)], bench.Disk.NewFolder(), stop);
            entries.Add((peer, share));
        }
        return await InTurnAsync(bench, Work(sample), entries, async (peer, folder) =>
        {
            var mail = shares.GetValueOrDefault(peer.AtMost(rtt), whole);
            var cost = await RunAsync(bench, peer, mail, new Errand(folder, link?.Port ?? bench.Server.Port, mail.Boxes), stop);
            return ReferenceEquals(mail, whole) ? cost : cost.Times((double)sample.Messages.Count / peer.AtMost(rtt));
        });
    }

    static async Task<Cost> RunAsync(Bench bench, Peer peer, WarmMail mail, Errand errand, CancellationToken stop)
    {
        mail.Restore();
        var cost = await bench.RunAsync(peer, errand, stop);
        var left = mail.Boxes.Sum(box => box.Maildrop.Left.Count);
        return left == 0 ? cost : throw new InvalidDataException($"{peer.Name} left {left} messages on the server.");
    }

    string Work(Sample sample)
    {
        var boxes = mailboxes == 1 ? "" : FormattableString.Invariant($" in {mailboxes} mailboxes");
        return FormattableString.Invariant($"{sample.Messages.Count:#,0} messages, {sample.WireOctets / 1e6:#,0} MB{boxes}, round trip {rtt} ms");
    }
}
