using System.Globalization;
using System.Text;

namespace MailIngest.Fuzz.Driver;

/// <summary>Octets as a line of text that a person can read and write: printable ASCII as it is, the rest escaped as in C.</summary>
static class EscapedText
{
    public static string Of(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length + 16);
        foreach (var octet in octets)
        {
            _ = octet switch
            {
                (byte)'\r' => text.Append(@"\r"),
                (byte)'\n' => text.Append(@"\n"),
                (byte)'\\' => text.Append(@"\\"),
                > 0x20 and < 0x7F => text.Append((char)octet),
                (byte)' ' when text.Length > 0 => text.Append(' '),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{octet:X2}"),
            };
        }
        // A blank at either end of a line would not survive an editor.
        if (text is [.., ' ']) text.Remove(text.Length - 1, 1).Append(@"\x20");
        return text.ToString();
    }

    /// <exception cref="FormatException">A backslash is followed by nothing that <see cref="Of"/> writes.</exception>
    public static byte[] Read(ReadOnlySpan<char> text)
    {
        var octets = new List<byte>(text.Length);
        while (!text.IsEmpty)
        {
            var (octet, length) = text switch
            {
                ['\\', 'r', ..] => ((byte)'\r', 2),
                ['\\', 'n', ..] => ((byte)'\n', 2),
                ['\\', '\\', ..] => ((byte)'\\', 2),
                ['\\', 'x', _, _, ..] => (byte.Parse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), 4),
                ['\\', ..] => throw new FormatException($"no such escape: {text}"),
                _ => (checked((byte)text[0]), 1),
            };
            octets.Add(octet);
            text = text[length..];
        }
        return [.. octets];
    }
}
