using System.Text;
using System.Text.Json;

namespace MailIngest.Settings;

/// <summary>Says in our words why a file is not JSON. The parser's own words would quote an unquoted password.</summary>
static class ConfigSyntax
{
    // `last` is the last token before the error; `depth` counts the objects and lists that are open there.
    public static ConfigProblem Explain(string file, ReadOnlySpan<byte> octets, JsonException error, JsonTokenType last, int depth)
    {
        if (last == JsonTokenType.None && octets.Trim(" \t\r\n"u8).IsEmpty)
            return new(file, 1, null, "is empty; write one object: { \"key\": value, … }");

        // For the parser a CR ends a comment, and a line with it; for editors and for us it does not.
        var (line, start) = (0, 0);
        while (line < error.LineNumber && octets[start..].IndexOf((byte)'\n') is >= 0 and var end)
            (line, start) = (line + 1, start + end + 1);
        var place = Math.Min(start + (int)(error.BytePositionInLine ?? 0), octets.Length);
        var column = Encoding.UTF8.GetCharCount(octets[start..place]) + 1;
        return new(file, line + 1, null, $"is not JSON here: {Reason(octets, place, last, depth)}", column);
    }

    static string Reason(ReadOnlySpan<byte> octets, int place, JsonTokenType last, int depth) => (last, Next(octets, place)) switch
    {
        (JsonTokenType.EndObject or JsonTokenType.EndArray, > 0) when depth == 0 => "nothing may follow the closing }; remove it",
        (_, 0) => "the file ends too early; a closing }, ] or double quote is missing",
        (_, '\'') => "text stands in double quotes, not in single quotes",
        (_, '\n' or '\r') => "the closing double quote of a text is missing in this line",
        _ when place > 0 && octets[place - 1] == '\\' => "a backslash in a text is written twice: \\\\",
        (JsonTokenType.PropertyName, _) =>
            "after the key comes a colon and a value: text in double quotes, a number, true, false, a [list] or an {object}",
        (JsonTokenType.None, _) => "the file must hold one object: { \"key\": value, … }",
        _ => "expected is a comma, a key in double quotes, a colon after a key, or the closing } or ]",
    };

    static int Next(ReadOnlySpan<byte> octets, int place) => place < octets.Length ? octets[place] : 0;
}
