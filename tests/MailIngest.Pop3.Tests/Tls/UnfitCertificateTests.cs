using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>What no server of these tests can be made to show.</summary>
public class UnfitCertificateTests
{
    [Theory]
    [InlineData("MD2", "300d06092a864886f70d0101020500")]
    [InlineData("MD5", "300d06092a864886f70d0101040500")]
    [InlineData("MD5", "300906052b0e0302030500")]
    [InlineData("SHA-1", "300d06092a864886f70d0101050500")]
    [InlineData("SHA-1", "300906052b0e03021d0500")]
    [InlineData("SHA-1", "300906072a8648ce3d0401")]
    [InlineData("SHA-1", "300906072a8648ce380403")]
    public void A_signature_that_can_be_forged_is_one_by_whatever_identifier(string hash, string algorithm)
    {
        using var certificate = SignedBy(algorithm);
        Assert.Equal($"is signed with {hash}, which can be forged", UnfitCertificate.Flaw(certificate, []));
    }

    [Theory]
    [InlineData("300b06092a864886f70d01010a")]
    [InlineData("300d06092a864886f70d01010a3000")]
    [InlineData("301206092a864886f70d01010a3005a203020114")]
    [InlineData("301a06092a864886f70d01010a300da00b300906052b0e03021a0500")]
    public void RSASSA_PSS_is_with_SHA_1_unless_it_says_otherwise(string algorithm)
    {
        using var certificate = SignedBy(algorithm);
        Assert.Equal("is signed with SHA-1, which can be forged", UnfitCertificate.Flaw(certificate, []));
    }

    [Fact]
    public void RSASSA_PSS_with_nonsense_is_a_flaw()
    {
        using var certificate = SignedBy("300e06092a864886f70d01010a020100");
        Assert.StartsWith("cannot be read: ", UnfitCertificate.Flaw(certificate, []));
    }

    [Fact]
    public void A_key_for_RSASSA_PSS_alone_is_measured_as_any_RSA_key()
    {
        using var key = RSA.Create(1024);
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pss = new PublicKey(new Oid("1.2.840.113549.1.1.10"), null!, new AsnEncodedData(key.ExportRSAPublicKey()));
        var name = new X500DistinguishedName("CN=a test");
        using var certificate = new CertificateRequest(name, pss, HashAlgorithmName.SHA256).Create(
            name, X509SignatureGenerator.CreateForECDsa(issuer), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1]);
        Assert.Equal("has an RSA key of 1024 bits, and 2048 are needed", UnfitCertificate.Flaw(certificate, []));
    }

    static X509Certificate2 SignedBy(string algorithm)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Authority.SelfIssue(new() { Key = key, SignedBy = new OutdatedSignature(key, algorithm, _ => [0]) });
    }
}
