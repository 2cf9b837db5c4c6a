using System.Text;

namespace MailIngest.Settings;

/// <summary>How configuration problems quote what they found, and which known word a misspelt one was meant to be.</summary>
static class ConfigWords
{
    const int MaxQuoted = 80;

    /// <summary>The text without control characters and not longer than a line bears.</summary>
    public static string Plain(string text) => Cleaned(text, MaxQuoted);

    /// <summary>A path without control characters; all of it, so that it can be found.</summary>
    public static string Path(string path) => Cleaned(path, int.MaxValue);

    static string Cleaned(string text, int max)
    {
        var plain = new StringBuilder();
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, max)))
        {
            // Line and paragraph separators and the direction marks reorder what an operator reads.
            var misleads = character is (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
            plain.Append(char.IsControl(character) || misleads ? '\uFFFD' : character);
        }
        return text.Length > max ? plain.Append('…').ToString() : plain.ToString();
    }

    /// <summary>As <see cref="Plain"/>, in double quotes.</summary>
    public static string Quote(string text) => $"\"{Plain(text)}\"";

    /// <summary>"a", "a or b", "a, b or c".</summary>
    public static string Or(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    /// <summary>The known word that is nearest to <paramref name="word"/>, when one is near enough to be meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known
        // The table of a distance is as large as both words together: for a key of a megabyte it is not made.
        .Where(candidate => Math.Abs(candidate.Length - word.Length) <= Farthest(word, candidate))
        .Select(candidate => (Word: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .OrderBy(candidate => candidate.Distance)
        .FirstOrDefault(candidate => candidate.Distance <= Farthest(word, candidate.Word)).Word;

    static int Farthest(string word, string candidate) => Math.Max(1, Math.Min(word.Length, candidate.Length) / 3);

    // Letters inserted, removed, replaced, or swapped with their neighbour.
    static int Distance(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) distance[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) distance[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1, distance[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, distance[i - 2, j - 2] + 1);
                distance[i, j] = best;
            }
        }
        return distance[a.Length, b.Length];
    }
}
