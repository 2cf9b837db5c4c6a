using MailIngest.Benchmarks.Measuring;

namespace MailIngest.Benchmarks.Peers;

/// <summary>Who takes part in what.</summary>
internal static class Field
{
    /// <summary>Everybody that drains a maildrop; those that would take minutes only when all peers are wished for.</summary>
    public static IReadOnlyList<Peer> All(Options options, int rtt)
    {
        var tools = new NativeTools(options.Natives);
        return
        [
            new Worker(options.Worker), new Mpop(),
            Floor.Discard(tools), Floor.Files(tools), Floor.SyncEach(tools), Floor.SyncOnce(tools),
            .. options.AllPeers ? (Peer[])[new Fetchmail(), new Getmail()] : [],
        ];
    }

    /// <summary>Enough to see that the benchmark works.</summary>
    public static IReadOnlyList<Peer> Few(Options options, int rtt) =>
        [new Worker(options.Worker), new Mpop(), Floor.SyncOnce(new NativeTools(options.Natives))];
}
