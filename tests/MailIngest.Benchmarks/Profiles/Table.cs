using MailIngest.Benchmarks.Measuring;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>What each peer needed for the work of one profile.</summary>
internal sealed record Table(Profile Profile, string Work, IReadOnlyList<Row> Rows)
{
    public Row? Find(string peer) => Rows.FirstOrDefault(row => row.Peer == peer);
}

/// <summary>All runs of one peer.</summary>
/// <param name="Peer">Its name.</param>
/// <param name="Runs">What each cost; of a slow peer multiplied to the whole work.</param>
/// <param name="Share">How many messages a slow peer was given instead of all; null for the others.</param>
internal sealed record Row(string Peer, IReadOnlyList<Cost> Runs, int? Share)
{
    public double Median(Func<Cost, double> figure)
    {
        var sorted = Runs.Select(figure).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    public double Least(Func<Cost, double> figure) => Runs.Min(figure);

    public double Most(Func<Cost, double> figure) => Runs.Max(figure);
}
