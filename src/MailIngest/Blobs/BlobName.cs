using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Messages;

namespace MailIngest.Blobs;

/// <summary>Where a message's blob lives: a pure function of the message's identity.</summary>
/// <param name="Path">Segments joined by '/', relative to the folder or container.</param>
public sealed record BlobName(string Path)
{
    const int MaxMailbox = 128;

    /// <summary>The name of a message: <c>{mailbox}/{yyyy}/{MM}/{dd}/{key}.eml</c>, or <c>{mailbox}/undated/{key}.eml</c>.</summary>
    /// <remarks>
    /// The key is the first 32 hex digits of SHA-256(mailbox id, 0, unique-id octets, 0, header fingerprint, 0, ordinal). The fingerprint
    /// gives a re-used unique-id (RFC 1939 §7 allows it) another name even when nothing remembers the first; the ordinal 0, 1, 2… separates
    /// messages with equal unique-id and header but different bodies. Nothing that a sender or a server wrote stands in the name.
    /// </remarks>
    /// <param name="mailboxId">The mailbox's immutable id.</param>
    /// <param name="uniqueId">The unique-id, one char per octet received.</param>
    /// <param name="header">What the message's header says.</param>
    /// <param name="ordinal">0 unless that name holds other content.</param>
    public static BlobName For(string mailboxId, string uniqueId, HeaderFacts header, int ordinal)
    {
        byte[] identity =
        [
            .. Encoding.UTF8.GetBytes(mailboxId), 0, .. Encoding.Latin1.GetBytes(uniqueId), 0,
            .. Encoding.ASCII.GetBytes(header.Fingerprint), 0, .. Encoding.ASCII.GetBytes(ordinal.ToString(CultureInfo.InvariantCulture)),
        ];
        var key = Convert.ToHexStringLower(SHA256.HashData(identity), 0, 16);
        var day = header.Date?.ToString("yyyy'/'MM'/'dd", CultureInfo.InvariantCulture) ?? "undated";
        return new BlobName($"{Segment(mailboxId)}/{day}/{key}.eml");
    }

    /// <summary>What the names of all blobs of a mailbox begin with, up to and with the first '/'.</summary>
    public static string PrefixOf(string mailboxId) => $"{Segment(mailboxId)}/";

    /// <summary>The path.</summary>
    public override string ToString() => Path;

    /// <summary>A mailbox id as one path segment that can neither climb nor hide: everything but letters, digits and <c>- _ @ +</c>, and
    /// dots inside, is percent-encoded. The key tells apart what this makes equal.</summary>
    static string Segment(string mailboxId)
    {
        var segment = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(mailboxId))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || "-_@+"u8.Contains(octet) || (octet == '.' && segment.Length > 0))
                segment.Append((char)octet);
            else
                segment.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }

        if (segment.Length > MaxMailbox)
            segment.Length = MaxMailbox;
        return segment.Length == 0 ? "%" : segment[^1] == '.' ? segment.Append('%').ToString() : segment.ToString();
    }
}
