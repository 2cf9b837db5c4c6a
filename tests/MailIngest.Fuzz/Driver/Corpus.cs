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

    /// <summary>Where the repository keeps them: one input a line, '#' begins a comment.</summary>
    public static IEnumerable<byte[]> Read(string name) => new[] { $"{name}.txt", $"{name}.found.txt" }
        .Select(file => Path.Combine(AppContext.BaseDirectory, "Corpus", file)).Where(File.Exists).SelectMany(File.ReadLines)
        .Where(line => !line.StartsWith('#')).Select(line => EscapedText.Read(line));

    /// <summary>Few inputs that together take every edge that all of them take: the shortest first, each only for an edge of its own.</summary>
    public static List<byte[]> Minimised(Target target, IEnumerable<byte[]> inputs)
    {
        var taken = new HashSet<int>();
        var kept = new List<byte[]>();
        foreach (var input in inputs.OrderBy(input => input.Length).ThenBy(input => EscapedText.Of(input), StringComparer.Ordinal))
        {
            Coverage.Begin();
            target.Run(input);
            var before = taken.Count;
            taken.UnionWith(Coverage.Edges());
            if (taken.Count > before) kept.Add(input);
        }
        return kept;
    }

    /// <summary>One input and how often it was chosen.</summary>
    internal sealed record Entry(byte[] Octets, int Edges)
    {
        public int Chosen { get; set; }

        public long Cost => Chosen * (64L + Octets.Length);
    }
}
