using System.Globalization;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>One command: as it goes over the wire, and as it may be shown. A secret argument is never shown.</summary>
readonly struct Command
{
    /// <summary>Octets of a whole command, CRLF included, that every server takes (RFC 2449 §4).</summary>
    public const int MaxOctets = 255;

    readonly string _keyword;
    readonly string? _argument;
    readonly bool _secret;
    readonly bool _bare;
    readonly int _number;
    readonly int? _lines;

    Command(string keyword, string? argument = null, bool secret = false, bool bare = false, int number = 0, int? lines = null) =>
        (_keyword, _argument, _secret, _bare, _number, _lines) = (keyword, argument, secret, bare, number, lines);

    public static Command Of(string keyword) => new(keyword);

    public static Command Of(string keyword, string argument) => new(keyword, argument);

    /// <summary>A command about one message: RETR, DELE, LIST, UIDL; TOP with its lines.</summary>
    public static Command Of(string keyword, int number, int? lines = null) => new(keyword, number: number, lines: lines);

    /// <summary>A command whose argument proves an identity: PASS, APOP, AUTH with its initial response.</summary>
    public static Command Secret(string keyword, string argument) => new(keyword, argument, secret: true);

    /// <summary>A line inside a SASL exchange: the argument alone (RFC 5034 §4). It is shown as what it belongs to.</summary>
    public static Command Response(string keyword, string argument) => new(keyword, argument, secret: true, bare: true);

    /// <summary>keyword [SP argument] CRLF, exactly one space, none at the end (RFC 1939 §3).</summary>
    public byte[] ToOctets() => Encoding.UTF8.GetBytes((_bare ? _argument : Line(_argument)) + "\r\n");

    public override string ToString() => Line(_secret ? "****" : _argument);

    string Line(string? shown) =>
        shown is not null ? $"{_keyword} {shown}"
        : _lines is not null ? string.Create(CultureInfo.InvariantCulture, $"{_keyword} {_number} {_lines}")
        : _number > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_keyword} {_number}")
        : _keyword;
}
