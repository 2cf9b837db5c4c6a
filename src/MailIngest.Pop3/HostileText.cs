using System.Globalization;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>Text that a server or a sender wrote, made safe to show: one line, no control or invisible character, bounded.</summary>
public static class HostileText
{
    /// <summary>
    /// Escapes every C0 and C1 control, DEL, line separator, bidirectional or other format character and lone surrogate,
    /// and cuts the result to at most <paramref name="max"/> characters, the last one an ellipsis.
    /// </summary>
    public static string Escape(string text, int max = 200)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);

        var shown = new StringBuilder(Math.Min(text.Length, max));
        for (var at = 0; at < text.Length;)
        {
            var whole = Rune.TryGetRuneAt(text, at, out var rune);
            var width = whole ? rune.Utf16SequenceLength : 1;
            var before = shown.Length;

            if (whole && IsPlain(rune)) shown.Append(text, at, width);
            else AppendEscaped(shown, whole ? rune.Value : text[at]);

            at += width;
            if (shown.Length > max || (shown.Length == max && at < text.Length))
            {
                return shown.Remove(before, shown.Length - before).Append('…').ToString();
            }
        }
        return shown.ToString();
    }

    /// <summary>The same for octets, which are read as UTF-8 when they are, else as Latin-1.</summary>
    public static string Escape(ReadOnlySpan<byte> octets, int max = 200) =>
        Escape(Decode(octets[..Math.Min(octets.Length, 4 * max)]), max);

    internal static string Decode(ReadOnlySpan<byte> octets) =>
        (System.Text.Unicode.Utf8.IsValid(octets) ? Encoding.UTF8 : Encoding.Latin1).GetString(octets);

    static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
        or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);

    static void AppendEscaped(StringBuilder shown, int value) => _ = value switch
    {
        '\r' => shown.Append(@"\r"),
        '\n' => shown.Append(@"\n"),
        '\t' => shown.Append(@"\t"),
        < 0x100 => shown.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
        < 0x10000 => shown.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
        _ => shown.Append(CultureInfo.InvariantCulture, $"\\u{{{value:x}}}"),
    };
}
