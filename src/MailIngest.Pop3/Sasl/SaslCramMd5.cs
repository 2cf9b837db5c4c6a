using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>CRAM-MD5: the user, and a digest of the challenge keyed with the password (RFC 2195 §2). Obsolete: only ever used when
/// named.</summary>
sealed class SaslCramMd5(string user, string password) : SaslExchange("CRAM-MD5")
{
    bool _answered;

    /// <summary>None: the server begins.</summary>
    public override byte[]? First => null;

    public override bool IsComplete => _answered;

    public override byte[] Answer(byte[] challenge)
    {
        if (_answered)
            throw NothingLeft();
        _answered = true;
        return Encoding.UTF8.GetBytes($"{user} {Digest(password, challenge)}");
    }

    /// <summary>In lower-case hexadecimal.</summary>
#pragma warning disable CA5351 // The mechanism says MD5.
    public static string Digest(string password, byte[] challenge) =>
        Convert.ToHexStringLower(HMACMD5.HashData(Encoding.UTF8.GetBytes(password), challenge));
#pragma warning restore CA5351
}
