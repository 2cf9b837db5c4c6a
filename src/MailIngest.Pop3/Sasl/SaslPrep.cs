using System.Buffers;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// SASLprep (RFC 4013), as far as it goes without Unicode data, which this program is built without: ASCII and the letters of Latin-1 and
/// Latin Extended stay what they are; of anything else nobody here knows what a server makes of it.
/// </summary>
static class SaslPrep
{
    /// <summary>Letters of that range that are another one or two in their compatible form (NFKC).</summary>
    static readonly SearchValues<char> Compatible =
        SearchValues.Create("\u0132\u0133\u013f\u0140\u0149\u017f\u01c4\u01c5\u01c6\u01c7\u01c8\u01c9\u01ca\u01cb\u01cc\u01f1\u01f2\u01f3");

    /// <summary>The prepared text; null when it cannot be prepared, or nothing is left of it.</summary>
    public static string? Of(string text)
    {
        var prepared = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character is '\u00ad') // a soft hyphen: nothing (RFC 3454 B.1)
                continue;
            if (character is not ((>= ' ' and <= '~') or (>= '\u00c0' and <= '\u024f')) || Compatible.Contains(character))
                return null;
            prepared.Append(character);
        }
        return prepared.Length > 0 ? prepared.ToString() : null;
    }
}
