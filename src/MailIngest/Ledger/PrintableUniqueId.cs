using System.Buffers;
using System.Globalization;

namespace MailIngest.Ledger;

/// <summary>A unique-id as the database holds it: readable, one to one, and harmless whatever octets the server sent.</summary>
static class PrintableUniqueId
{
    static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x7E - 0x21 + 1).Select(octet => (char)octet).Where(octet => octet != '%')]);

    /// <summary>Percent-encodes each octet that is not printable ASCII (RFC 1939 §7: 0x21 to 0x7E), and the percent sign.</summary>
    /// <exception cref="ArgumentException">Empty, or a char that is no octet.</exception>
    public static string Encode(string uniqueId)
    {
        ArgumentException.ThrowIfNullOrEmpty(uniqueId);
        if (!uniqueId.AsSpan().ContainsAnyExcept(Plain))
            return uniqueId;
        if (uniqueId.AsSpan().ContainsAnyExceptInRange('\0', '\xFF'))
            throw new ArgumentException("A unique-id is octets: no char above 0xFF.", nameof(uniqueId));

        var encoded = new System.Text.StringBuilder(uniqueId.Length * 2);
        foreach (var octet in uniqueId)
        {
            if (Plain.Contains(octet))
                encoded.Append(octet);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{(int)octet:X2}");
        }
        return encoded.ToString();
    }

    /// <summary>The octets that <see cref="Encode"/> was given.</summary>
    /// <exception cref="FormatException">Not written by <see cref="Encode"/>.</exception>
    public static string Decode(string encoded)
    {
        if (!encoded.Contains('%'))
            return encoded;

        var octets = new System.Text.StringBuilder(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
                octets.Append(encoded[i]);
            else if (i + 2 < encoded.Length)
                octets.Append((char)byte.Parse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            else
                throw new FormatException($"'{encoded}' ends inside a percent-encoded octet.");
            if (encoded[i] == '%')
                i += 2;
        }
        return octets.ToString();
    }
}
