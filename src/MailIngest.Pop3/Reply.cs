namespace MailIngest.Pop3;

/// <summary>
/// One "+OK ..." or "-ERR ..." line. <see cref="Text"/> is as the server wrote it: show the reply, not the text.
/// Its prose means nothing to a program (RFC 1939 §9); the response code does.
/// </summary>
public sealed record Reply(bool Ok, ResponseCode? Code, string Text)
{
    /// <summary>Safe for logs: escaped, 200 characters at most.</summary>
    public override string ToString()
    {
        var status = Ok ? "+OK" : "-ERR";
        return Text.Length == 0 ? status : $"{status} {HostileText.Escape(Text, 200 - status.Length - 1)}";
    }

    /// <summary>Reads a status line; null when it is neither, in any case but upper (RFC 1939 §3).</summary>
    internal static Reply? Parse(ReadOnlySpan<byte> line)
    {
        if (AfterStatus(line, "+OK"u8, out var rest)) return From(true, rest);
        if (AfterStatus(line, "-ERR"u8, out rest)) return From(false, rest);
        return null;
    }

    /// <summary>What follows "+OK" and its space: the significant part of STAT, LIST n and UIDL n. Of other lines, nothing.</summary>
    internal static ReadOnlySpan<byte> ArgumentsOf(ReadOnlySpan<byte> line)
    {
        AfterStatus(line, "+OK"u8, out var rest);
        return rest;
    }

    static Reply From(bool ok, ReadOnlySpan<byte> rest)
    {
        var text = rest.IsEmpty ? "" : HostileText.Decode(rest);
        return new Reply(ok, ResponseCode.Parse(text), text);
    }

    static bool AfterStatus(ReadOnlySpan<byte> line, ReadOnlySpan<byte> status, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (!line.StartsWith(status)) return false;
        rest = line[status.Length..];
        if (rest.IsEmpty) return true;
        if (char.IsAsciiLetterOrDigit((char)rest[0])) return false;   // "+OKAY" is no answer
        if (rest[0] == ' ') rest = rest[1..];
        return true;
    }
}
