using System.Text.RegularExpressions;

namespace MailIngest.Tests.Settings.Schema;

/// <summary>
/// What the documented samples say about each key: the comment above it (which stands for all keys up to the next empty line) and the one
/// that follows it on its line. A key may be commented out itself.
/// </summary>
static partial class SampleComments
{
    // "key": value,   with or without // before it and words behind it.
    [GeneratedRegex(@"^(// )?""(?<key>[$\w]+)"": (?<value>\{|""[^""]*""|\[.*?\]|[\w.]+),?(\s+(//\s*)?(?<words>.*))?$")]
    private static partial Regex KeyLine();

    /// <summary>The words, by the key's dotted name; the file's own are under the empty name.</summary>
    public static IReadOnlyDictionary<string, string> Read(string sample)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        var (section, above, pastKey) = ("", new List<string>(), false);
        foreach (var line in sample.Split('\n').Select(line => line.Trim()))
        {
            if (KeyLine().Match(line) is { Success: true } key)
            {
                words[section + key.Groups["key"].Value] = string.Join(
                    ' ', (string[])[.. above, .. key.Groups["words"].Value is { Length: > 0 } behind ? [Sentence(behind)] : (string[])[]]);
                pastKey = true;
                if (key.Groups["value"].Value == "{")
                    (section, above, pastKey) = ($"{key.Groups["key"].Value}.", [], false);
            }
            else if (line.StartsWith("// ----", StringComparison.Ordinal) || line.Length == 0)
            {
                (above, pastKey) = ([], false);
            }
            else if (line.StartsWith("// ", StringComparison.Ordinal))
            {
                if (pastKey)
                    (above, pastKey) = ([], false);
                above.Add(line[3..].Trim());
            }
            else if (line.StartsWith('}'))
            {
                section = "";
            }
            else if (line == "{")
            {
                words[""] = string.Join(' ', above);
                above = [];
            }
        }
        return words;
    }

    static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..].TrimEnd('.') + ".";
}
