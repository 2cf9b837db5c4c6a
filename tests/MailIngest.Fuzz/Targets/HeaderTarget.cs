using System.Security.Cryptography;
using System.Text;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Messages;

namespace MailIngest.Fuzz.Targets;

/// <summary>
/// What a message's octets say about its identity: the same however they are cut, the same from TOP, and as read line by line.
/// </summary>
sealed class HeaderTarget : Target
{
    static readonly string[] Volatile =
        ["status", "x-status", "x-uid", "x-uidl", "x-keywords", "x-imap", "x-imapbase", "content-length", "lines", "x-evolution",
            "x-gmail-labels"];

    public override string Name => "header";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words([.. Volatile.Select(name => $"{name}: x\r\n"),
        "X-Mozilla-Status: 0001\r\n", "X-Mozilla-: ", "Received: from a by b; ", "Date: ", "\r\n", "\r\n\r\n",
        "\n\n", "\n", "\r", " ", "\t", ":", ";", "; Fri, 21 Nov 1997 09:55:06 -0600\r\n", "Thu, 1 Jan 1970 00:00:00 +0000", "29 Feb 2024",
        "31 Dec 9998", "1 Jan 0002", "23:59", "+2359", "-9999", "EST", "PDT", "(c(d)e)", "12-Jan-99",
        "Status", "Received", "\u00FF", new string('n', 64)]);

    /// <summary>
    /// Three digests with their fixed buffers (64 octets of name, two of 512 for dates) and hash states; strings of the reference.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 32 * 1024 + 200L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var chunks = choices.Octet();
        var message = choices.Rest;

        var (sha256, facts, hasHeader) = Digest(message, 0);
        Oracle.Equal((sha256, facts, hasHeader), Digest(message, chunks), "in pieces");
        Oracle.Equal(Convert.ToHexStringLower(SHA256.HashData(message)), sha256, "SHA-256");

        var header = Header(message);
        Oracle.Equal(facts, Digest(message[..header], chunks).Facts, "from TOP");
        Oracle.Equal(Fingerprint(message[..header]), facts.Fingerprint, "fingerprint");
        if (MailDate.Day(message) is { } day) Oracle.Holds(day.Year is >= 1 and <= 9999, "a day outside the calendar");
    }

    static (string Sha256, HeaderFacts Facts, bool HasHeader) Digest(ReadOnlySpan<byte> message, byte chunks)
    {
        using var digest = new MessageDigest();
        var pieces = new Chunks(chunks);
        for (var rest = message; !rest.IsEmpty;)
        {
            var piece = rest[..pieces.Next(rest.Length)];
            digest.Append(piece);
            rest = rest[piece.Length..];
        }
        var sha256 = digest.Sha256;
        Oracle.Equal(message.Length, (int)digest.Octets, "octets");
        return (sha256, digest.Header, digest.HasHeader);
    }

    /// <summary>The octets up to the blank line and with it, or all.</summary>
    static int Header(ReadOnlySpan<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var line = Line(message[at..]);
            at += line.Length;
            if (line.SequenceEqual("\n"u8) || line.SequenceEqual("\r\n"u8)) return at;
        }
        return message.Length;
    }

    /// <summary>Over every line but the blank one and those of volatile fields, folded ones with theirs.</summary>
    static string Fingerprint(ReadOnlySpan<byte> header)
    {
        using var counted = new MemoryStream();
        var counts = true;
        for (var at = 0; at < header.Length;)
        {
            var line = Line(header[at..]);
            at += line.Length;
            if (line.SequenceEqual("\n"u8) || line.SequenceEqual("\r\n"u8)) break;
            if (line[0] is not ((byte)' ' or (byte)'\t')) counts = !IsVolatile(line);
            if (counts) counted.Write(line);
        }
        return Convert.ToHexStringLower(SHA256.HashData(counted.ToArray()));
    }

    static bool IsVolatile(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon is < 0 or > 63) return false;
        var name = Encoding.Latin1.GetString(line[..colon].TrimEnd(" \t"u8));
        return Volatile.Contains(name, StringComparer.OrdinalIgnoreCase)
            || (name.Length > "x-mozilla-".Length && name.StartsWith("x-mozilla-", StringComparison.OrdinalIgnoreCase));
    }

    static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        return end < 0 ? octets : octets[..(end + 1)];
    }
}
