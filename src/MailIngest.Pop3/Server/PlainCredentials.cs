using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>What a client says in SASL PLAIN (RFC 4616): the identity it wants to act as, its own, and the password.</summary>
sealed record PlainCredentials(string AuthorizationId, string AuthenticationId, string Password)
{
    static readonly SearchValues<byte> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);
    static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Never shows the password.</summary>
    public override string ToString() => AuthenticationId;

    /// <summary>Decodes base64 as strictly as RFC 5034 §4 demands: no foreign character, no misplaced <c>=</c>. "=" alone is the empty
    /// string.</summary>
    public static byte[]? DecodeBase64(ReadOnlySpan<byte> text)
    {
        if (text is [(byte)'='])
            return [];
        var digits = text.TrimEnd("="u8);
        if (text.Length % 4 != 0 || text.Length - digits.Length > 2 || digits.ContainsAnyExcept(Alphabet))
            return null;
        var octets = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, octets, out _, out var written) == OperationStatus.Done ? octets[..written] : null;
    }

    /// <summary><c>[authzid] NUL authcid NUL passwd</c> in UTF-8; null when it is anything else.</summary>
    public static PlainCredentials? Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return StrictUtf8.GetString(message).Split('\0') is
                [var authorization, { Length: > 0 } authentication, { Length: > 0 } password]
                ? new(authorization, authentication, password)
                : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
