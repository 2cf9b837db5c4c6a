using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Sasl;

/// <summary>What ties a sign-in to the TLS connection that it runs in: whoever stands between has another (RFC 5056).</summary>
/// <param name="Kind">Its name in SCRAM.</param>
/// <param name="Octets">What both ends of this connection know.</param>
sealed record ChannelBound(string Kind, byte[] Octets)
{
    /// <summary>The digest of the server's certificate (RFC 5929 §4): of the kinds that .NET gives us, the one that TLS 1.3 has too.</summary>
    const string EndPoint = "tls-server-end-point";

    static ReadOnlySpan<byte> Prefix => "tls-server-end-point:"u8;

    /// <summary>Null where the certificate's signature names no digest.</summary>
    public static ChannelBound? Of(SslStream tls)
    {
        using var binding = tls.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint);
        if (binding is null || binding.IsInvalid)
            return null;
        var octets = new byte[binding.Size];
        Marshal.Copy(binding.DangerousGetHandle(), octets, 0, octets.Length);
        // A header of the platform's own size stands before it.
        var from = octets.AsSpan().IndexOf(Prefix);
        return from < 0 ? null : new(EndPoint, octets[(from + Prefix.Length)..]);
    }

    /// <summary>The same, as the server knows it: the digest of its certificate by the algorithm of the certificate's signature, and by SHA-256
    /// where that would be MD5 or SHA-1. Null where there is no such algorithm.</summary>
    public static ChannelBound? Of(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" =>
            new(EndPoint, SHA256.HashData(certificate.RawData)),
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => new(EndPoint, SHA384.HashData(certificate.RawData)),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => new(EndPoint, SHA512.HashData(certificate.RawData)),
        _ => null,
    };
}
