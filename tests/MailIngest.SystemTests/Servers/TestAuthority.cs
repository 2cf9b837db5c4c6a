using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.SystemTests.Servers;

/// <summary>A certificate authority that nobody but a test trusts.</summary>
public sealed class TestAuthority : IDisposable
{
    // Fixed dates: a test must not depend on today.
    static readonly DateTimeOffset NotBefore = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset NotAfter = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "MailIngest test authority")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(NotBefore, NotAfter);
    }

    /// <summary>The authority's own certificate: what a mailbox's tlsTrustFile holds.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>Where the certificates say that their revocations are listed; null: nowhere.</summary>
    public string? RevocationsAt { get; init; }

    /// <summary>A server certificate for these DNS names and addresses, with its key, both as PEM.</summary>
    public (string Certificate, string Key) Issue(params string[] names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        return Sign(names[0], "1.3.6.1.5.5.7.3.1", alternatives.Build());
    }

    /// <summary>A certificate for a user, with its key, both as PEM.</summary>
    public (string Certificate, string Key) IssueForUser(string name) => Sign(name, "1.3.6.1.5.5.7.3.2");

    /// <summary>The revocations, signed.</summary>
    public byte[] Revocations(params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
            list.AddEntry(certificate, NotBefore);
        return list.Build(_certificate, BigInteger.One, NotAfter, HashAlgorithmName.SHA256, thisUpdate: NotBefore);
    }

    (string Certificate, string Key) Sign(string name, string use, X509Extension? alternatives = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        if (alternatives is not null)
            request.CertificateExtensions.Add(alternatives);
        if (RevocationsAt is not null)
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([RevocationsAt]));
        using var certificate = request.Create(_certificate, NotBefore, NotAfter, RandomNumberGenerator.GetBytes(16));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>As <see cref="Issue"/>, for a server in this process.</summary>
    public X509Certificate2 IssueForHere(params string[] names)
    {
        var (certificate, key) = Issue(names);
        return X509Certificate2.CreateFromPem(certificate, key);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }
}
