using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>What is to be in a certificate.</summary>
sealed record Wanted
{
    public string Subject { get; init; } = "a test";

    /// <summary>Its alternative names of kind dNSName, as they are, NUL and all.</summary>
    public string[] Names { get; init; } = [Peril.Host];

    /// <summary>Its alternative names of kind iPAddress.</summary>
    public string[] Addresses { get; init; } = [];

    public int From { get; init; } = 2001;

    public int Until { get; init; } = 2100;

    public AsymmetricAlgorithm? Key { get; init; }

    /// <summary>As an authority may sign, and as none should any more.</summary>
    public X509SignatureGenerator? SignedBy { get; init; }

    public X509Extension[] Extensions { get; init; } = [];
}

/// <summary>An authority for tests. It signs whatever it is asked to; nothing of it is checked.</summary>
sealed class Authority
{
    public const X509KeyUsageFlags SignsCertificates = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

    static readonly Lazy<Authority> SharedRoot = new(() => SelfSigned("the root"));

    readonly AsymmetricAlgorithm _key;

    Authority(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>The one that the clients of the tests believe.</summary>
    public static Authority Root => SharedRoot.Value;

    public X509Certificate2 Certificate { get; }

    public static Authority SelfSigned(string name, Wanted? wanted = null)
    {
        wanted = Of(name, wanted);
        return new Authority(Make(wanted, new X500DistinguishedName($"CN={name}"), wanted.SignedBy ?? Signing(wanted.Key!)), wanted.Key!);
    }

    /// <summary>An authority below this one.</summary>
    public Authority Below(string name, Wanted? wanted = null)
    {
        wanted = Of(name, wanted);
        return new Authority(Issue(wanted), wanted.Key!);
    }

    /// <summary>A certificate with its private key.</summary>
    public X509Certificate2 Issue(Wanted wanted) => Make(wanted, Certificate.SubjectName, wanted.SignedBy ?? Signing(_key));

    public static X509Certificate2 SelfIssue(Wanted wanted)
    {
        var key = wanted.Key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Make(wanted with { Key = key }, new X500DistinguishedName($"CN={wanted.Subject}"), wanted.SignedBy ?? Signing(key));
    }

    static Wanted Of(string name, Wanted? wanted) => (wanted ?? new Wanted
    {
        Extensions = [new X509BasicConstraintsExtension(true, false, 0, true), new X509KeyUsageExtension(SignsCertificates, true)],
    }) with { Subject = name, Names = [], Key = wanted?.Key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256) };

    static X509SignatureGenerator Signing(AsymmetricAlgorithm key) => key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    static X509Certificate2 Make(Wanted wanted, X500DistinguishedName issuer, X509SignatureGenerator signs)
    {
        var key = wanted.Key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedName($"CN={wanted.Subject}");
        var request = new CertificateRequest(subject, new PublicKey(key), HashAlgorithmName.SHA256);
        if (wanted.Names.Length + wanted.Addresses.Length > 0) request.CertificateExtensions.Add(AlternativeNames(wanted));
        foreach (var extension in wanted.Extensions) request.CertificateExtensions.Add(extension);
        using var certificate = request.Create(issuer, signs, Year(wanted.From), Year(wanted.Until), RandomNumberGenerator.GetBytes(8));
        return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
    }

    static DateTimeOffset Year(int year) => new(year, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Octet for octet: the framework's builder refuses a name that is none.</summary>
    static X509SubjectAlternativeNameExtension AlternativeNames(Wanted wanted)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            foreach (var name in wanted.Names)
                der.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
            foreach (var address in wanted.Addresses)
                der.WriteOctetString(System.Net.IPAddress.Parse(address).GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
        }
        return new X509SubjectAlternativeNameExtension(der.Encode());
    }
}
