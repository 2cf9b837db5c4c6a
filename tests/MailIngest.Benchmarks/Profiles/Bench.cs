using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>What the profiles share: the server, the tools, the disk, and the wishes of the command line.</summary>
internal sealed class Bench(Options options, DovecotServer server, Disk disk)
{
    readonly Measurement _measurement = new(new NativeTools(options.Natives));

    public Options Options => options;

    public DovecotServer Server => server;

    public Disk Disk => disk;

    public NativeTools Tools { get; } = new(options.Natives);

    public static void Say(FormattableString line) => Console.Error.WriteLine(FormattableString.Invariant(line));

    public bool IsChosen(Peer peer) =>
        options.Only.Count == 0 || options.Only.Any(word => peer.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Has the peer do it, and looks whether it did.</summary>
    public async Task<Cost> RunAsync(Peer peer, Errand errand, CancellationToken stop)
    {
        var command = peer.Prepare(errand);
        if (!options.Hurry)
            await disk.WaitUntilQuietAsync(stop);
        var (cost, output) = await _measurement.RunAsync(command, peer.Succeeded, errand.Folder, stop);
        peer.Check(errand, output);
        return peer.CostOf(cost, output);
    }
}
