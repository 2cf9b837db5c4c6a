using System.Buffers;
using System.Buffers.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>The base64 of a SASL exchange, as strict as RFC 5034 §4 wants it.</summary>
static class SaslBase64
{
    static readonly SearchValues<byte> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>Decodes; null for a foreign character or a misplaced <c>=</c>.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        var digits = text.TrimEnd("="u8);
        if (text.Length % 4 != 0 || text.Length - digits.Length > 2 || digits.ContainsAnyExcept(Alphabet))
            return null;
        var octets = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, octets, out _, out var written) == OperationStatus.Done ? octets[..written] : null;
    }

    /// <summary>As an initial response, where nothing at all is written "=" (RFC 5034 §4).</summary>
    public static string EncodeInitial(byte[] octets) => octets.Length == 0 ? "=" : Convert.ToBase64String(octets);

    /// <summary>The other way round.</summary>
    public static byte[]? DecodeInitial(ReadOnlySpan<byte> text) => text is [(byte)'='] ? [] : Decode(text);
}
