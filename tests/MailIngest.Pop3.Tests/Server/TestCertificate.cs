using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>A self-signed certificate for localhost, made once per run.</summary>
static class TestCertificate
{
    static readonly Lazy<X509Certificate2> Lazy = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    });

    public static X509Certificate2 Localhost => Lazy.Value;
}
