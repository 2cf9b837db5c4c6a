namespace MailIngest.Simulation.Scheduling;

/// <summary>Seeded randomness by an algorithm of our own (SplitMix64), so that a seed means the same on every version of .NET.</summary>
public sealed class Dice(ulong seed)
{
    ulong _state = seed;

    /// <summary>Any 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to below the limit.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>From the least to the most, both included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>From 0 to below 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True as often as that.</summary>
    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>From the least to the most, to the microsecond.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => most <= least
        ? least
        : least + new TimeSpan((long)(Fraction() * (most - least).Ticks) / 10 * 10);

    /// <summary>One of them.</summary>
    public T Of<T>(params ReadOnlySpan<T> some) => some[Below(some.Length)];

    /// <summary>A sequence of its own, so that what one part draws does not shift another's.</summary>
    public Dice Fork() => new(Next());
}
