using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>What MailIngest has to reach: a ratio to another row of the same table, or a figure of its own.</summary>
/// <param name="Wanted">In words.</param>
/// <param name="Unit">What follows the measured figure.</param>
/// <param name="Limit">The least or the most that is good.</param>
/// <param name="AtLeast">More is better.</param>
/// <param name="Measure">Null when a row is missing.</param>
internal sealed record Target(string Wanted, string Unit, double Limit, bool AtLeast, Func<Table, double?> Measure)
{
    public bool IsMetBy(double measured) => AtLeast ? measured >= Limit : measured <= Limit;

    /// <summary>Medians of wall time.</summary>
    public static Target Wall(double atMost, string against) =>
        new(FormattableString.Invariant($"wall at most {atMost} x {against}"), "x", atMost, false,
            table => Ratio(table, against, cost => cost.Wall));

    public static Target Processor(double atMost, string against) =>
        new(FormattableString.Invariant($"CPU at most {atMost} x {against}"), "x", atMost, false,
            table => Ratio(table, against, cost => cost.Processor));

    /// <summary>The same work in so much of the time: the inverse of the ratio of wall times.</summary>
    public static Target Rate(double atLeast, string against) =>
        new(FormattableString.Invariant($"messages a second at least {atLeast} x {against}"), "x", atLeast, true,
            table => 1 / Ratio(table, against, cost => cost.Wall));

    public static Target Milliseconds(double atMost) =>
        new(FormattableString.Invariant($"wall at most {atMost} ms"), "ms", atMost, false,
            table => table.Find(Worker.OwnName)?.Median(cost => cost.Wall) * 1000);

    public static Target Megabytes(double atMost) =>
        new(FormattableString.Invariant($"peak RSS at most {atMost} MB"), "MB", atMost, false,
            table => table.Find(Worker.OwnName)?.Most(cost => cost.PeakMegabytes));

    static double? Ratio(Table table, string against, Func<Cost, double> figure) =>
        table.Find(Worker.OwnName)?.Median(figure) / table.Find(against)?.Median(figure);
}
