using System.Collections.Concurrent;
using System.Globalization;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>What was planned, what of it has really struck, and what went wrong.</summary>
sealed class Coverage(string what)
{
    /// <summary>More complaints than that help nobody.</summary>
    const int MostComplaints = 5;

    readonly ConcurrentDictionary<string, (long Struck, long Planned)> _rows = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<string> _complaints = new();

    public long Struck => _rows.Values.Sum(row => row.Struck);

    public long Planned => _rows.Values.Sum(row => row.Planned);

    public int Complaints => _complaints.Count;

    /// <summary>What to print when something went wrong; empty when nothing has.</summary>
    public string Complaint => _complaints.IsEmpty
        ? Struck == Planned ? "" : $"only {Struck} of {Planned} {what} struck"
        : $"{_complaints.Count} complaints, of which the first:\n\n{string.Join("\n\n", _complaints.Take(MostComplaints))}";

    public void Add(string row, bool struck, string? complaint)
    {
        _rows.AddOrUpdate(row, (struck ? 1 : 0, 1), (_, sum) => (sum.Struck + (struck ? 1 : 0), sum.Planned + 1));
        if (complaint is not null)
            _complaints.Enqueue(complaint);
    }

    /// <summary>One line for each row, and one for all of them.</summary>
    public string Summary(TimeSpan elapsed) => string.Join('\n',
    [
        .. _rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"  {row.Key}: {Of(row.Value.Struck, row.Value.Planned)}"),
        $"{what} covered {Of(Struck, Planned)} in {elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
    ]);

    static string Of(long struck, long planned) => string.Create(CultureInfo.InvariantCulture, $"{struck:N0} of {planned:N0}");
}
