namespace MailIngest.Fuzz.Driver;

/// <summary>One thing that takes octets from outside, with an oracle that says what is wrong about what it made of them.</summary>
abstract class Target
{
    /// <summary>Names it in tables and in <c>Corpus/</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Longer inputs are not tried.</summary>
    public virtual int MaxInput => 512;

    /// <summary>What the mutator inserts: the words of the language.</summary>
    public abstract IReadOnlyList<byte[]> Dictionary { get; }

    /// <summary>So many octets may one execution allocate for an input of that length; the target says why.</summary>
    public abstract long AllocationLimit(int inputOctets);

    /// <summary>Everything once. What it throws is a finding.</summary>
    public abstract void Run(ReadOnlySpan<byte> input);

    protected static byte[][] Words(params string[] words) => [.. words.Select(word => System.Text.Encoding.Latin1.GetBytes(word))];
}

/// <summary>An oracle was contradicted.</summary>
sealed class OracleException(string message) : Exception(message);

static class Oracle
{
    public static void Holds(bool truth, string sentence)
    {
        if (!truth) throw new OracleException(sentence);
    }

    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new OracleException($"{what}: expected {expected}, was {actual}");
    }

    public static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
            throw new OracleException($"{what}: expected {EscapedText.Of(expected)}, was {EscapedText.Of(actual)}");
    }
}
