namespace MailIngest.Fuzz.Driver;

/// <summary>The inputs of one target that are worth changing: those by hand, and each that took an edge before any other did.</summary>
sealed class Corpus
{
    readonly List<Entry> _entries = [];

    public IReadOnlyList<Entry> Entries => _entries;

    public void Add(ReadOnlySpan<byte> octets, int edges) => _entries.Add(new(octets.ToArray(), edges));

    /// <summary>Of a few by chance the one that was chosen least often, so that new ones come at once and none is forgotten.</summary>
    public Entry Choose(Mutator chance)
    {
        var chosen = _entries[chance.Below(_entries.Count)];
        for (var tries = 0; tries < 3; tries++)
        {
            var other = _entries[chance.Below(_entries.Count)];
            if (other.Cost < chosen.Cost) chosen = other;
        }
        chosen.Chosen++;
        return chosen;
    }

    public byte[] Any(Mutator chance) => _entries[chance.Below(_entries.Count)].Octets;

    /// <summary>What the repository keeps: made by hand, and found.</summary>
    public static IEnumerable<byte[]> Read(string name) => [.. ReadFile($"{name}.txt"), .. ReadFile($"{name}.found.txt")];

    /// <summary>Few of the inputs: the shortest first, each only for an edge that no shorter one takes, nor any made by hand.</summary>
    public static List<byte[]> Minimised(Target target, IEnumerable<byte[]> inputs)
    {
        var taken = new HashSet<int>();
        var kept = new List<byte[]>();
        foreach (var input in ReadFile($"{target.Name}.txt")) Take(input);
        foreach (var input in inputs.OrderBy(input => input.Length).ThenBy(input => EscapedText.Of(input), StringComparer.Ordinal))
            if (Take(input)) kept.Add(input);
        return kept;

        bool Take(byte[] input)
        {
            Coverage.Begin();
            target.Run(input);
            var before = taken.Count;
            taken.UnionWith(Coverage.Edges());
            return taken.Count > before;
        }
    }

    /// <summary>One input a line; '#' begins a comment.</summary>
    static IEnumerable<byte[]> ReadFile(string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Corpus", file);
        return File.Exists(path) ? File.ReadLines(path).Where(line => !line.StartsWith('#')).Select(line => EscapedText.Read(line)) : [];
    }

    /// <summary>One input and how often it was chosen.</summary>
    internal sealed record Entry(byte[] Octets, int Edges)
    {
        public int Chosen { get; set; }

        public long Cost => Chosen * (64L + Octets.Length);
    }
}
