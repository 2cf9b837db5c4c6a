using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>One kind of work that all peers do in turn.</summary>
/// <param name="name">As on the command line.</param>
/// <param name="targets">What MailIngest has to reach in it.</param>
internal abstract class Profile(string name, params Target[] targets)
{
    public string Name => name;

    public IReadOnlyList<Target> Targets => targets;

    /// <summary>How often each peer does it when nobody says otherwise.</summary>
    public int Runs { get; init; } = 3;

    public abstract Task<Table> RunAsync(Bench bench, CancellationToken stop);

    /// <summary>Runs the peers A B C A B C: what disturbs the machine for a while disturbs all of them.</summary>
    protected async Task<Table> InTurnAsync(
        Bench bench, string work, IReadOnlyList<(Peer Peer, int? Share)> peers, Func<Peer, string, Task<Cost>> run)
    {
        Bench.Say($"{Name}: {work}");
        var chosen = peers.Where(entry => bench.IsChosen(entry.Peer)).ToList();
        var costs = chosen.ToDictionary(entry => entry.Peer, _ => new List<Cost>());
        for (var turn = 1; turn <= (bench.Options.Runs ?? Runs); turn++)
            foreach (var (peer, _) in chosen)
            {
                var cost = await run(peer, bench.Disk.NewFolder());
                costs[peer].Add(cost);
                Bench.Say($"  run {turn}  {peer.Name,-20}  {cost.Wall,8:0.000} s  {cost.Processor,7:0.00} CPU s  {cost.PeakMegabytes,6:0} MB");
            }
        return new Table(this, work, [.. chosen.Select(entry => new Row(entry.Peer.Name, costs[entry.Peer], entry.Share))]);
    }
}
