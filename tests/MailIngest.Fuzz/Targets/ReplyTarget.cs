using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MailIngest.Fuzz.Driver;
using MailIngest.Pop3;

namespace MailIngest.Fuzz.Targets;

/// <summary>A status line and its response code, and what of it is shown.</summary>
sealed partial class ReplyTarget : Target
{
    static readonly ResponseCode[] Known =
        [ResponseCode.InUse, ResponseCode.LoginDelay, ResponseCode.SysTemp, ResponseCode.SysPerm, ResponseCode.Auth, ResponseCode.Utf8];

    public override string Name => "reply";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words("+OK", "-ERR", "+OK ", "-ERR ", "[", "]", "/", "//", "[SYS/TEMP]",
        "[IN-USE]", "[LOGIN-DELAY]", "[SYS/PERM]", "[AUTH]", "[UTF8]", "[auth/level]", "\u00E2\u0080\u00AE", "\u00F0\u009F\u008E\u0089",
        "\u00ED\u00A0\u0080");

    /// <summary>A few strings of the line's length, the text shown (200 characters), the reference's strings.</summary>
    public override long AllocationLimit(int inputOctets) => 16 * 1024 + 100L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var reply = Reply.Parse(input);
        var line = Encoding.Latin1.GetString(input);
        var status = StatusLine().Match(line);
        Oracle.Equal(status.Success, reply is not null, "is it a status line");
        if (reply is not null)
        {
            var rest = status.Groups["rest"].Value;
            Oracle.Equal(status.Groups["status"].Value == "+OK", reply.Ok, "+OK");
            Oracle.Equal(HostileText.Decode(Encoding.Latin1.GetBytes(rest)), reply.Text, "text");
            if (reply.Ok)
                Oracle.Same(Encoding.Latin1.GetBytes(rest), Reply.ArgumentsOf(input), "arguments");
            Shown(reply.ToString(), 200);
            Code(reply.Code, reply.Text);
        }
        var max = 1 + input.Length % 97;
        Shown(HostileText.Escape(input, max), max);
    }

    static void Code(ResponseCode? code, string text)
    {
        var expected = CodeOf().Match(text);
        Oracle.Equal(expected.Success, code is not null, $"is there a code in \"{text}\"");
        if (code is null) return;
        Oracle.Equal(expected.Groups[1].Value.ToUpperInvariant(), code.Text, "code");
        Oracle.Holds(code.Is(code), "a code is not itself");
        foreach (var known in Known)
            Oracle.Equal($"{code.Text}/".StartsWith($"{known.Text}/", StringComparison.Ordinal), code.Is(known), $"{code} is {known}");
    }

    /// <summary>One line, bounded, nothing that a terminal obeys or that reorders what is read.</summary>
    internal static void Shown(string text, int max)
    {
        Oracle.Holds(text.Length <= max, "more is shown than the limit");
        foreach (var rune in text.EnumerateRunes())
            Oracle.Holds(Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator) && (rune.Value != 0xFFFD || text.Contains('\uFFFD')),
                    "something invisible is shown");
        for (var at = 0; at < text.Length; at++)
            Oracle.Holds(Rune.TryGetRuneAt(text, at, out _) || (at > 0 && char.IsLowSurrogate(text[at])), "half a character is shown");
    }

    [GeneratedRegex(@"\A(?<status>\+OK|-ERR)(?![0-9A-Za-z])\x20?(?<rest>.*)\z", RegexOptions.Singleline)]
    private static partial Regex StatusLine();

    // A code is levels between slashes, none of them empty, printable (RFC 2449 §3).
    [GeneratedRegex(@"\A\[((?:[!-.0-\\^-~]+/)*[!-.0-\\^-~]+)\]")]
    private static partial Regex CodeOf();
}
