using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>What was planned, what of it has really struck, and what went wrong.</summary>
sealed class Coverage(string what)
{
    /// <summary>More logs than that help nobody.</summary>
    const int MostLogs = 3;

    readonly ConcurrentDictionary<string, (long Struck, long Planned)> _rows = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<string> _complaints = new();

    /// <summary>Fails the test where anything is wrong.</summary>
    public void Judge()
    {
        if (Complaint is { } complaint)
            Assert.Fail(complaint);
    }

    public long Struck => _rows.Values.Sum(row => row.Struck);

    public long Planned => _rows.Values.Sum(row => row.Planned);

    /// <summary>What to print when something went wrong; null when nothing has.</summary>
    public string? Complaint => _complaints.IsEmpty
        ? Struck == Planned ? null : $"only {Struck} of {Planned} {what} struck"
        : $"{_complaints.Count} points break the promise\n\n{string.Join("\n\n", _complaints.Take(MostLogs))}\n\n"
            + string.Join('\n', _complaints.Select(complaint => complaint.Split('\n')[0]));

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
