using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3;

/// <summary>
/// What is wrong with a certificate whoever vouches for it. The platform leaves it to the policy of the system's OpenSSL how weak a key or
/// a signature may be, and does not look at the key usage: the answer must not depend on the image that this runs in.
/// </summary>
static class UnfitCertificate
{
    /// <summary>112 bits of security, as NIST SP 800-57 and the CA/Browser Forum ask for.</summary>
    const int LeastRsaBits = 2048, LeastEcBits = 224;

    const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>By one of these a server takes its part in a handshake (RFC 8446 §4.4.2.2, RFC 5246 §7.4.2).</summary>
    const X509KeyUsageFlags Handshake =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement;

    /// <summary>The first flaw, in words that follow "the certificate"; null: none.</summary>
    /// <param name="certificate">The server's.</param>
    /// <param name="authorities">Those that vouch for it, up to the one that is believed; none where it is believed itself.</param>
    public static string? Flaw(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities)
    {
        try
        {
            // What is believed needs no signature, so its own does not matter.
            return Usage(certificate) ?? Signature(certificate) ?? Key(certificate)
                ?? FirstOf(authorities.SkipLast(1), Signature) ?? FirstOf(authorities, Key);
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or AsnContentException)
        {
            return $"cannot be read: {HostileText.Escape(unreadable.Message)}";
        }
    }

    static string? FirstOf(IEnumerable<X509Certificate2> authorities, Func<X509Certificate2, string?> flaw) =>
        authorities.Select(flaw).FirstOrDefault(found => found is not null) is { } found ? $"rests on one that {found}" : null;

    static string? Usage(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && (usage.KeyUsages & Handshake) == 0
            ? $"may not be used for TLS: its key usage is {usage.KeyUsages}"
            : null;

    static string? Signature(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.2" => Forgeable("MD2"),
        "1.2.840.113549.1.1.4" or "1.3.14.3.2.3" => Forgeable("MD5"),
        "1.2.840.113549.1.1.5" or "1.3.14.3.2.29" or "1.2.840.10045.4.1" or "1.2.840.10040.4.3" => Forgeable("SHA-1"),
        RsaPss when IsPssSha1(certificate) => Forgeable("SHA-1"),
        _ => null,
    };

    static string Forgeable(string hash) => $"is signed with {hash}, which can be forged";

    /// <summary>RSASSA-PSS means SHA-1 where its parameters name nothing else (RFC 4055 §3.1).</summary>
    static bool IsPssSha1(X509Certificate2 certificate)
    {
        var signed = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        signed.ReadEncodedValue();
        var algorithm = signed.ReadSequence();
        algorithm.ReadObjectIdentifier();
        if (!algorithm.HasData) return true;
        var parameters = algorithm.ReadSequence();
        var hash = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hash)) return true;
        return parameters.ReadSequence(hash).ReadSequence().ReadObjectIdentifier() == "1.3.14.3.2.26";
    }

    static string? Key(X509Certificate2 certificate)
    {
        using var ec = certificate.GetECDsaPublicKey();
        if (ec is { KeySize: < LeastEcBits }) return $"has an elliptic-curve key of {ec.KeySize} bits, and {LeastEcBits} are needed";
        if (certificate.PublicKey.Oid.Value is not ("1.2.840.113549.1.1.1" or RsaPss)) return null;
        using var rsa = RSA.Create();
        rsa.ImportRSAPublicKey(certificate.PublicKey.EncodedKeyValue.RawData, out _);
        return rsa.KeySize < LeastRsaBits ? $"has an RSA key of {rsa.KeySize} bits, and {LeastRsaBits} are needed" : null;
    }
}
