using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>Self-signed certificates for tests.</summary>
static class Certificates
{
    public static X509Certificate2 For(params string[] names) => Create(names, DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public static X509Certificate2 Expired(string name) =>
        Create([name], DateTimeOffset.UnixEpoch, new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>A new one for each call, all with this key.</summary>
    public static X509Certificate2 Renewed(string name, ECDsa key) =>
        Create([name], DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), "a test", key);

    /// <summary>A name in the subject alone, as before RFC 2818.</summary>
    public static X509Certificate2 CommonNameOnly(string name) =>
        Create([], DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), name);

    public static X509Certificate2 Signed(HashAlgorithmName hash, bool rsa)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var modulus = RSA.Create(2048);
        var request = rsa ? new CertificateRequest("CN=a test", modulus, hash, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=a test", curve, hash);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    /// <summary>RSASSA-PSS, as some authorities sign.</summary>
    public static X509Certificate2 Pss(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public static Pop3Options Trusting(X509Certificate2 certificate, string? host = null) =>
        new() { Tls = new Pop3Tls { TrustedRoots = [certificate], HostOverride = host } };

    static X509Certificate2 Create(string[] names, DateTimeOffset from, DateTimeOffset until, string subject = "a test")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Create(names, from, until, subject, key);
    }

    static X509Certificate2 Create(string[] names, DateTimeOffset from, DateTimeOffset until, string subject, ECDsa key)
    {
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        if (names.Length > 0) request.CertificateExtensions.Add(alternatives.Build());
        return request.CreateSelfSigned(from, until);
    }
}
