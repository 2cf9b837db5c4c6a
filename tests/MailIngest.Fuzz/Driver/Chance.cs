namespace MailIngest.Fuzz.Driver;

/// <summary>Randomness that is the same on every machine and runtime: SplitMix64.</summary>
struct Chance(ulong seed)
{
    ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    public bool OneIn(int chances) => Below(chances) == 0;
}
