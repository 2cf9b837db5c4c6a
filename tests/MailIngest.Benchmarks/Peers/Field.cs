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
            new Worker(options.Worker), new Mpop(), new MailKit(options.Libraries, inBatches: true),
            .. options.AllPeers || rtt == 0 ? (Peer[])[new MailKit(options.Libraries, inBatches: false)] : [],
            Floor.Discard(tools), Floor.Files(tools), Floor.SyncEach(tools), Floor.SyncOnce(tools),
            .. options.AllPeers ? (Peer[])[new Fetchmail(), new Getmail()] : [],
        ];
    }

    /// <summary>Those that can be told to drain many maildrops at once.</summary>
    public static IReadOnlyList<Peer> ForMany(Options options, int rtt)
    {
        var tools = new NativeTools(options.Natives);
        return
        [
            new Worker(options.Worker), new Mpop(), new MailKit(options.Libraries, inBatches: true), Floor.Files(tools), Floor.SyncEach(tools),
        ];
    }

    /// <summary>Those that matter for memory: the largest message is streamed, or it is not.</summary>
    public static IReadOnlyList<Peer> ForHuge(Options options, int rtt)
    {
        var tools = new NativeTools(options.Natives);
        return [new Worker(options.Worker), new Mpop(), Floor.Files(tools), Floor.SyncEach(tools)];
    }

    /// <summary>Those that start and find nothing.</summary>
    public static IReadOnlyList<Peer> ForEmpty(Options options, int rtt)
    {
        var tools = new NativeTools(options.Natives);
        return
        [
            new Worker(options.Worker), new Mpop(), new MailKit(options.Libraries, inBatches: true), new Fetchmail(), new Getmail(), Floor.Empty(tools),
        ];
    }

    /// <summary>Enough to see that the benchmark works.</summary>
    public static IReadOnlyList<Peer> Few(Options options, int rtt) =>
        [new Worker(options.Worker), new Mpop(), Floor.SyncOnce(new NativeTools(options.Natives))];
}
