using System.Globalization;
using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>One command as received: keyword, then arguments, each after a single space (RFC 1939 §3, RFC 2449 §3).</summary>
/// <param name="Verb">The keyword, upper case.</param>
/// <param name="Rest">Everything after the keyword and its space, untouched; null when there is no space.</param>
sealed record CommandLine(string Verb, string? Rest)
{
    static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The arguments; in strict mode an empty one stands for each surplus space.</summary>
    public IReadOnlyList<string> Arguments { get; private init; } = [];

    /// <summary>The first argument as a message-number.</summary>
    public int? Number =>
        Arguments.Count > 0 && int.TryParse(Arguments[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The command in a line; null when the line is not printable ASCII, or UTF-8 where that is announced (RFC 6856 §2.2: no
    /// UTF8 command is needed for it).</summary>
    public static CommandLine? Parse(ReadOnlySpan<byte> line, bool lenient, bool utf8)
    {
        if (Text(line, utf8) is not { } text)
            return null;
        if (lenient)
            text = text.Trim(' ');

        var space = text.IndexOf(' ');
        var verb = (space < 0 ? text : text[..space]).ToUpperInvariant();
        var rest = space < 0 ? null : text[(space + 1)..];
        return new(verb, rest)
        {
            Arguments = rest?.Split(' ', lenient ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None) ?? [],
        };
    }

    static string? Text(ReadOnlySpan<byte> line, bool utf8)
    {
        if (line.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0)
            return Encoding.ASCII.GetString(line);
        if (!utf8 || line.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || line.Contains((byte)0x7F))
            return null;
        try
        {
            return StrictUtf8.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
