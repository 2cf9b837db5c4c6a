using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>Signs as authorities did, with what the framework no longer signs certificates with.</summary>
/// <param name="key">The public half, for the interface's sake.</param>
/// <param name="algorithm">Its AlgorithmIdentifier in DER, in hexadecimal.</param>
/// <param name="sign">The signature of some octets.</param>
sealed class OutdatedSignature(AsymmetricAlgorithm key, string algorithm, Func<byte[], byte[]> sign) : X509SignatureGenerator
{
    public static OutdatedSignature Md5(RSA key) => new(key, "300d06092a864886f70d0101040500",
        octets => key.SignData(octets, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1));

    public static OutdatedSignature Sha1(RSA key) => new(key, "300d06092a864886f70d0101050500",
        octets => key.SignData(octets, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));

    /// <summary>RSASSA-PSS without parameters, which means SHA-1 (RFC 4055 §3.1).</summary>
    public static OutdatedSignature PssSha1(RSA key) => new(key, "300d06092a864886f70d01010a3000",
        octets => key.SignData(octets, HashAlgorithmName.SHA1, RSASignaturePadding.Pss));

    public static OutdatedSignature EcSha1(ECDsa key) => new(key, "300906072a8648ce3d0401",
        octets => key.SignData(octets, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence));

    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString(algorithm);

    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => sign(data);

    protected override PublicKey BuildPublicKey() => new(key);
}
