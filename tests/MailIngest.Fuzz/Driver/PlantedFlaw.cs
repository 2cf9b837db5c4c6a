namespace MailIngest.Fuzz.Driver;

/// <summary>
/// A flaw that nobody finds by chance: eight comparisons, each within the one before. Fuzzed as an instrumented copy, so that it shows
/// whether the instrumentation, the map and the corpus lead there.
/// </summary>
static class PlantedFlaw
{
    /// <summary>What must come out.</summary>
    public const string Sentence = "the planted flaw was reached";

    public static void Run(byte[] input)
    {
        if (input.Length < 8) return;
        if (input[0] != 'N') return;
        if (input[1] != 'e') return;
        if (input[2] != 'v') return;
        if (input[3] != 'e') return;
        if (input[4] != 'r') return;
        if ((input[5] ^ 0x55) != 0x1A) return;
        if (input[6] + 3 != 0x74) return;
        if (input[7] % 101 != 99) return;
        throw new InvalidOperationException(Sentence);
    }

    /// <summary>Never ends well either: too slow, too large.</summary>
    public static void Waste(byte[] input)
    {
        if (input is [(byte)'a', ..]) GC.KeepAlive(new byte[10_000_000]);
        if (input is [(byte)'s', ..]) Thread.Sleep(250);
    }
}
