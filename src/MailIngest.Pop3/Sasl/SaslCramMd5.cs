using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>CRAM-MD5: the user, and a digest of the challenge keyed with the password (RFC 2195 §2). Obsolete: only ever used when
/// named.</summary>
sealed class SaslCramMd5(string user, string password) : SaslExchange("CRAM-MD5")
{
    string _digest = "";

    /// <summary>None: the server begins.</summary>
    public override byte[]? First => null;

    public override bool IsComplete => _digest.Length > 0;

    public override IReadOnlyList<string> Secrets => _digest.Length > 0 ? [_digest] : [];

    public override byte[] Answer(byte[] challenge)
    {
        if (IsComplete)
            throw NothingLeft();
#pragma warning disable CA5351 // The mechanism says MD5.
        _digest = Convert.ToHexStringLower(HMACMD5.HashData(Encoding.UTF8.GetBytes(password), challenge));
#pragma warning restore CA5351
        return Encoding.UTF8.GetBytes($"{user} {_digest}");
    }
}
