namespace MailIngest.Benchmarks;

/// <summary>The table at the end.</summary>
internal static class Report
{
    /// <summary>Prints median and minimum of each peer, and their ratio; 1 when the last needed more wall time than the first.</summary>
    public static int Print(TextWriter output, IReadOnlyDictionary<Peer, List<Measurement>> measured)
    {
        output.WriteLine();
        output.WriteLine("peer        wall s median   (min)   CPU s median   (min)   peak RSS MB");
        foreach (var (peer, runs) in measured)
            output.WriteLine(FormattableString.Invariant(
                $"{peer.Name,-10}  {Cost(runs, run => run.Wall)}  {Cost(runs, run => run.Processor)}  {Peak(runs),12:0.0}"));
        if (measured.Count < 2)
            return 0;

        var (first, last) = (measured.First(), measured.Last());
        var ratio = Median(last.Value, run => run.Wall) / Median(first.Value, run => run.Wall);
        output.WriteLine();
        output.WriteLine(FormattableString.Invariant($"{last.Key.Name} needs {ratio:0.00} times the wall time of {first.Key.Name}."));
        return ratio <= 1 ? 0 : 1;
    }

    static double Peak(List<Measurement> runs) => runs.Max(run => run.PeakMegabytes);

    static string Cost(List<Measurement> runs, Func<Measurement, double> figure) =>
        FormattableString.Invariant($"{Median(runs, figure),13:0.000} {runs.Min(figure),7:0.000}");

    static double Median(List<Measurement> runs, Func<Measurement, double> figure)
    {
        var sorted = runs.Select(figure).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
