namespace MailIngest.Pop3;

/// <summary>What a server says for machines: "[SYS/TEMP]" at the start of an answer's text (RFC 2449 §8, RFC 3206).</summary>
public sealed record ResponseCode
{
    public static readonly ResponseCode InUse = new("IN-USE");
    public static readonly ResponseCode LoginDelay = new("LOGIN-DELAY");
    public static readonly ResponseCode SysTemp = new("SYS/TEMP");
    public static readonly ResponseCode SysPerm = new("SYS/PERM");
    public static readonly ResponseCode Auth = new("AUTH");
    public static readonly ResponseCode Utf8 = new("UTF8");

    ResponseCode(string text) => Text = text;

    /// <summary>The code in upper case, without brackets: "SYS/TEMP".</summary>
    public string Text { get; }

    /// <summary>One of those above, without a deeper level.</summary>
    internal bool IsKnown => this == InUse || this == LoginDelay || this == SysTemp || this == SysPerm || this == Auth || this == Utf8;

    /// <summary>True for the same code or a deeper level of it: levels that are not known are ignored (RFC 2449 §8).</summary>
    public bool Is(ResponseCode code) =>
        Text.StartsWith(code.Text, StringComparison.Ordinal) && (Text.Length == code.Text.Length || Text[code.Text.Length] == '/');

    /// <summary>
    /// The code that begins the text of an answer, or null (RFC 2449 §3: resp-code = "[" resp-level *("/" resp-level) "]").
    /// </summary>
    public static ResponseCode? Parse(ReadOnlySpan<char> text)
    {
        if (text is not ['[', ..]) return null;
        var end = text.IndexOf(']');
        if (end < 2) return null;

        var code = text[1..end];
        if (code.ContainsAnyExceptInRange('!', '~') || code[0] == '/' || code[^1] == '/'
            || code.Contains("//", StringComparison.Ordinal))
            return null;
        return new ResponseCode(code.ToString().ToUpperInvariant());
    }

    public override string ToString() => $"[{HostileText.Escape(Text)}]";
}
