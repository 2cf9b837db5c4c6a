using System.Diagnostics;

namespace MailIngest.Fuzz.Driver;

/// <summary>
/// The search: change an input of the corpus, execute it, keep it when it took a new edge. The same seed takes the same way.
/// </summary>
/// <param name="target">What is searched.</param>
/// <param name="seed">Two campaigns with one seed and one corpus do the same.</param>
/// <param name="guided">False: nothing is kept, which shows what guidance is worth.</param>
sealed class Campaign(Target target, ulong seed, bool guided = true)
{
    /// <summary>So many children has one choice of a parent.</summary>
    const int Children = 16;

    readonly Judge _judge = new(target);
    readonly Mutator _mutator = new(seed, target.MaxInput, target.Dictionary);
    readonly Corpus _corpus = new();
    readonly Dictionary<string, Finding> _findings = [];
    readonly byte[] _seen = new byte[Coverage.MapSize];

    public Target Target => target;

    public Judge Judge => _judge;

    public Corpus Corpus => _corpus;

    public int Edges => Coverage.Count(_seen);

    /// <summary>One for each flaw, minimised.</summary>
    public IReadOnlyCollection<Finding> Findings => _findings.Values;

    public TimeSpan Took { get; private set; }

    /// <summary>Searches until so many executions were made.</summary>
    public Campaign Run(IEnumerable<byte[]> seeds, long executions)
    {
        var begun = Stopwatch.GetTimestamp();
        using var watch = _judge.Watch();
        Begin(seeds);
        while (_judge.Executions < executions)
        {
            var parent = _corpus.Choose(_mutator);
            for (var child = 0; child < Children; child++) Try(_mutator.Mutate(parent.Octets, _corpus.Any(_mutator)));
        }
        Took += Stopwatch.GetElapsedTime(begun);
        return this;
    }

    void Begin(IEnumerable<byte[]> seeds)
    {
        // The first executions run what runs once (static constructors): they count for nobody.
        byte[][] all = [[], .. seeds];
        foreach (var seed in all) _judge.Execute(seed);
        foreach (var seed in all) Try(seed);
        if (_corpus.Entries.Count == 0) _corpus.Add([], 0);
    }

    void Try(ReadOnlySpan<byte> input)
    {
        if (_judge.Execute(input) is { } finding)
        {
            if (!_findings.ContainsKey(finding.Signature)) _findings[finding.Signature] = Minimised(finding);
            return;
        }
        if (!guided || !Coverage.IsNew(_seen)) return;

        // Once more: what happens only the first time would be kept for nothing.
        _judge.Execute(input);
        var before = Edges;
        if (Coverage.AddTo(_seen)) _corpus.Add(input, Edges - before);
    }

    /// <summary>Takes pieces out, the large ones first, as long as the flaw stays.</summary>
    Finding Minimised(Finding finding)
    {
        for (var piece = Math.Max(1, finding.Input.Length / 2); piece > 0; piece /= 2)
        {
            for (var at = 0; at + piece <= finding.Input.Length;)
            {
                byte[] shorter = [.. finding.Input[..at], .. finding.Input[(at + piece)..]];
                if (_judge.Execute(shorter) is { } still && still.Signature == finding.Signature) finding = still;
                else at += piece;
            }
        }
        return finding;
    }
}
