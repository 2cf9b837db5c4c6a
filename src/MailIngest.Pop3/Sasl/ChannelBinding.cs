using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Sasl;

/// <summary>What ties a sign-in to the TLS connection that it runs in: whoever stands between has another (RFC 5056).</summary>
/// <param name="Kind">Its name in SCRAM.</param>
/// <param name="Octets">What both ends of this connection know.</param>
sealed record ChannelBinding(string Kind, byte[] Octets)
{
    /// <summary>The digest of the server's certificate, by the algorithm of its signature, and by SHA-256 where that would be MD5 or SHA-1
    /// (RFC 5929 §4): of all kinds the one that TLS 1.3 has too and that .NET can give. Null where the signature has no such algorithm.
    /// </summary>
    public static ChannelBinding? Of(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" =>
            EndPoint(SHA256.HashData(certificate.RawData)),
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => EndPoint(SHA384.HashData(certificate.RawData)),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => EndPoint(SHA512.HashData(certificate.RawData)),
        _ => null,
    };

    static ChannelBinding EndPoint(byte[] digest) => new("tls-server-end-point", digest);
}
