using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>What both sides of SCRAM derive from the password (RFC 5802 §3).</summary>
sealed class ScramKeys
{
    readonly HashAlgorithmName _hash;
    readonly byte[] _clientKey, _storedKey, _serverKey;

    ScramKeys(HashAlgorithmName hash, byte[] salted)
    {
        _hash = hash;
        _clientKey = CryptographicOperations.HmacData(hash, salted, "Client Key"u8.ToArray());
        _storedKey = CryptographicOperations.HashData(hash, _clientKey);
        _serverKey = CryptographicOperations.HmacData(hash, salted, "Server Key"u8.ToArray());
    }

    /// <param name="hash">SHA-1 or SHA-256.</param>
    /// <param name="password">Prepared.</param>
    /// <param name="salt">The server's.</param>
    /// <param name="iterations">How much work it is.</param>
    public static ScramKeys Of(HashAlgorithmName hash, string password, byte[] salt, int iterations)
    {
        var length = hash == HashAlgorithmName.SHA1 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, hash, length);
        try
        {
            return new(hash, salted);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(salted);
        }
    }

    /// <summary>The client's: it shows who knows the password, and nothing of it.</summary>
    public byte[] Proof(byte[] message)
    {
        var proof = CryptographicOperations.HmacData(_hash, _storedKey, message);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= _clientKey[i];
        return proof;
    }

    /// <summary>The server's.</summary>
    public byte[] Signature(byte[] message) => CryptographicOperations.HmacData(_hash, _serverKey, message);
}
