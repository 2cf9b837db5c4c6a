using System.Globalization;
using MailIngest.Fuzz.Driver;

namespace MailIngest.Fuzz;

/// <summary>A search over several targets, and the table of what it did.</summary>
sealed class FuzzRun(Action<string> print)
{
    readonly List<Campaign> _campaigns = [];

    public IReadOnlyList<Finding> Findings => [.. _campaigns.SelectMany(campaign => campaign.Findings)];

    public long Executions => _campaigns.Sum(campaign => campaign.Judge.Executions);

    /// <summary>The edges reached by the target that reached fewest: 0 where nothing is instrumented.</summary>
    public int FewestEdges => _campaigns.Min(campaign => campaign.Edges);

    /// <summary>The executions are shared out evenly.</summary>
    public void Search(IReadOnlyList<Target> targets, long executions, ulong seed)
    {
        print("target       executions    per s   edges  corpus  slowest ms  largest allocation  findings");
        foreach (var target in targets)
        {
            var share = (executions + targets.Count - 1) / targets.Count;
            var campaign = new Campaign(target, seed).Run(Corpus.Read(target.Name), share);
            _campaigns.Add(campaign);
            Print(target.Name, campaign.Judge.Executions, campaign.Took, campaign.Edges, campaign.Corpus.Entries.Count,
                campaign.Judge.Slowest, campaign.Judge.LargestAllocation, campaign.Findings.Count);
        }
        Print("all", Executions, _campaigns.Aggregate(TimeSpan.Zero, (sum, campaign) => sum + campaign.Took),
            _campaigns.Sum(campaign => campaign.Edges),
            _campaigns.Sum(campaign => campaign.Corpus.Entries.Count), _campaigns.Max(campaign => campaign.Judge.Slowest),
            _campaigns.Max(campaign => campaign.Judge.LargestAllocation), Findings.Count);
    }

    /// <summary>Writes what was found beside what was made by hand: as few inputs as take every edge.</summary>
    public void Save(string folder)
    {
        foreach (var campaign in _campaigns)
        {
            var name = campaign.Target.Name;
            var kept = Corpus.Minimised(campaign.Target, [.. campaign.Corpus.Entries.Select(entry => entry.Octets), .. Corpus.Read(name)]);
            File.WriteAllLines(Path.Combine(folder, $"{name}.found.txt"),
                [$"# Found by the fuzzer: {kept.Count} inputs that take the edges which those made by hand do not. Written by --save.",
                    .. kept.Select(input => EscapedText.Of(input))]);
        }
    }

    void Print(string name, long executions, TimeSpan took, int edges, int corpus, TimeSpan slowest, long allocation, int findings) =>
        print(string.Create(CultureInfo.InvariantCulture,
            $"{name,-10} {executions,12} {executions / took.TotalSeconds,8:0} {edges,7} {corpus,7} "
            + $"{slowest.TotalMilliseconds,11:0.0} {allocation,19} {findings,9}"));
}
