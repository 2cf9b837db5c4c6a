namespace MailIngest.Benchmarks.Mail;

/// <summary>How long messages are.</summary>
internal static class Sizes
{
    const int Median = 15_400;
    const double Sigma = 1.73;
    const int Smallest = 900;
    const int Largest = 5_200_000;

    public static long[] Equal(int messages, long octets) => [.. Enumerable.Repeat(octets, messages)];

    /// <summary>As real mail: the quantiles of a log-normal distribution, shuffled; median 15 kB, mean 67 kB, none above 5.2 MB.</summary>
    public static long[] Mixed(int messages)
    {
        var sizes = Enumerable.Range(0, messages).Select(i => OfQuantile((i + 0.5) / messages)).ToArray();
        new Random(1939).Shuffle(sizes); // a seeded Random repeats on every version of .NET
        return sizes;
    }

    static long OfQuantile(double quantile) => (long)Math.Clamp(Median * Math.Exp(Sigma * Normal(quantile)), Smallest, Largest);

    // The quantile of the normal distribution, by bisection of its distribution function: slow, short and exact enough.
    static double Normal(double quantile)
    {
        var (low, high) = (-8.0, 8.0);
        while (high - low > 1e-9)
        {
            var middle = (low + high) / 2;
            if (Distribution(middle) < quantile)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    // Abramowitz and Stegun 26.2.17.
    static double Distribution(double x)
    {
        if (x < 0)
            return 1 - Distribution(-x);
        var t = 1 / (1 + 0.2316419 * x);
        var tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return 1 - Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI) * tail;
    }
}
