using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>An authority that nobody but a test trusts, and what it certifies.</summary>
sealed class TestAuthority : IDisposable
{
    const string ClientUse = "1.3.6.1.5.5.7.3.2", ServerUse = "1.3.6.1.5.5.7.3.1";

    static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset Until = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(TestAuthority? above = null)
    {
        var request = new CertificateRequest("CN=an authority " + (above is null ? "above" : "below"), _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = above is null ? request.CreateSelfSigned(From, Until)
            : request.Create(above.Certificate.SubjectName, above.Generator, From, Until, RandomNumberGenerator.GetBytes(16));
    }

    public X509Certificate2 Certificate { get; }

    X509SignatureGenerator Generator => X509SignatureGenerator.CreateForECDsa(_key);

    /// <summary>A certificate for this user.</summary>
    /// <param name="subject">Its distinguished name: "CN=alice".</param>
    /// <param name="address">Its alternative name.</param>
    /// <param name="expired">It was good once.</param>
    public X509Certificate2 Certify(string subject, string? address = null, bool expired = false) =>
        Certify(subject, ClientUse, names =>
        {
            if (address is not null) names.AddEmailAddress(address);
        }, expired);

    /// <summary>A certificate for a server of this name.</summary>
    public X509Certificate2 CertifyServer(string name) => Certify("CN=a server", ServerUse, names => names.AddDnsName(name));

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    X509Certificate2 Certify(string subject, string use, Action<SubjectAlternativeNameBuilder> name, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        var built = names.Build();
        if (built.RawData.Length > 2) request.CertificateExtensions.Add(built);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        using var bare = request.Create(
            Certificate.SubjectName, Generator, From, expired ? From.AddDays(1) : Until, RandomNumberGenerator.GetBytes(16));
        return bare.CopyWithPrivateKey(key);
    }
}
