using System.Globalization;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>Names and passwords as mechanisms want them: prepared (SASLprep, RFC 4013), and escaped (RFC 5801 §4, RFC 5802 §5.1).</summary>
static class SaslName
{
    /// <summary>"," and "=" stand for something else in a message of attributes.</summary>
    public static string Escape(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>The other way round; null where "=" stands before anything else.</summary>
    public static string? Unescape(string escaped)
    {
        var name = escaped.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return Escape(name) == escaped ? name : null;
    }

    /// <summary>
    /// SASLprep, for a name or password that is sent or compared once and not stored: other spaces become a space, what is invisible goes,
    /// compatible characters become one (NFKC), and what has no place in a name is refused (RFC 4013 §2).
    /// </summary>
    /// <remarks>Without Unicode data, as this program is built, nothing is normalized: then a name in another form than the server's is
    /// another name. ASCII is the same in every form.</remarks>
    /// <exception cref="ArgumentException">It has a character that no prepared string may have.</exception>
    public static string Prepare(string text)
    {
        if (Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.Contains('\u007f'))
            return text;
        var mapped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune.Value))
                continue;
            if (rune.Value > 0x7f && Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
                mapped.Append(' ');
            else
                mapped.Append(rune.ToString());
        }
        var prepared = mapped.ToString().Normalize(NormalizationForm.FormKC);
        foreach (var rune in prepared.EnumerateRunes())
        {
            if (IsProhibited(rune))
                throw new ArgumentException($"It holds U+{rune.Value:X4}, which no name and no password may hold (RFC 4013).", nameof(text));
        }
        return prepared;
    }

    /// <summary>RFC 3454 table B.1.</summary>
    static bool IsInvisible(int value) => value is 0x00ad or 0x034f or 0x1806 or (>= 0x180b and <= 0x180d) or (>= 0x200b and <= 0x200d)
        or 0x2060 or (>= 0xfe00 and <= 0xfe0f) or 0xfeff;

    /// <summary>RFC 4013 §2.3: controls, private and unassigned characters, surrogates, what only changes how others look.</summary>
    static bool IsProhibited(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned
        || rune.Value is 0x0340 or 0x0341 or 0x200e or 0x200f or (>= 0x202a and <= 0x202e) or (>= 0x206a and <= 0x206f)
            or (>= 0x2ff0 and <= 0x2ffb) or (>= 0xfff9 and <= 0xfffd) or 0xe0001 or (>= 0xe0020 and <= 0xe007f);
}
