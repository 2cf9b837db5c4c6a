using System.Buffers;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Messages;

namespace MailIngest.Blobs;

/// <summary>A message's identity as blob metadata: lower-case keys, values that are plain ASCII whatever a server or sender wrote.</summary>
public static class BlobMetadata
{
    /// <summary>Key of the mailbox id (percent-encoded UTF-8).</summary>
    public const string Mailbox = "mailbox";

    /// <summary>Key of the unique-id (percent-encoded octets).</summary>
    public const string UniqueId = "uniqueid";

    /// <summary>Key of the ordinal, decimal.</summary>
    public const string Ordinal = "ordinal";

    /// <summary>Key of the header fingerprint, hex.</summary>
    public const string HeaderSha256 = "headersha256";

    /// <summary>Key of the length, decimal.</summary>
    public const string Octets = "octets";

    /// <summary>Key of the content's SHA-256, hex. A store that settles commits by metadata writes it itself.</summary>
    public const string Sha256 = "sha256";

    /// <summary>No value is longer: a service takes 8 KiB of metadata in all.</summary>
    public const int MaxValue = 1024;

    static readonly SearchValues<byte> _s_plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <summary>No metadata.</summary>
    public static IReadOnlyDictionary<string, string> None => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>All that is known of a message's identity.</summary>
    public static IReadOnlyDictionary<string, string> For(string mailboxId, string uniqueId, HeaderFacts header, int ordinal) =>
        new Dictionary<string, string>
        {
            [Mailbox] = Encode(Encoding.UTF8.GetBytes(mailboxId)),
            [UniqueId] = Encode(Encoding.Latin1.GetBytes(uniqueId)),
            [Ordinal] = ordinal.ToString(CultureInfo.InvariantCulture),
            [HeaderSha256] = header.Fingerprint,
        };

    /// <summary>Percent-encodes everything but ASCII letters, digits and <c>- . _ ~</c> (RFC 3986 §2.3). A value that would be too long is cut and
    /// ends with <c>...sha256:</c> and the hash of the whole; nothing at all becomes <c>%</c>, as a header value must not be empty.</summary>
    public static string Encode(ReadOnlySpan<byte> octets)
    {
        if (octets.Length is > 0 and <= MaxValue && !octets.ContainsAnyExcept(_s_plain))
            return Encoding.ASCII.GetString(octets);
        var value = new StringBuilder();
        foreach (var octet in octets)
        {
            if (_s_plain.Contains(octet))
                value.Append((char)octet);
            else
                value.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
            if (value.Length > MaxValue)
                return $"{value.ToString(0, MaxValue / 2)}...sha256:{Convert.ToHexStringLower(SHA256.HashData(octets))}";
        }

        return value.Length == 0 ? "%" : value.ToString();
    }
}
