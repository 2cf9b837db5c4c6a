using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>The certificate that a mailbox shows, as PEM files: what is read, and the sentence for what cannot be.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly ConfigFolder _folder = new();
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly X509Certificate2 _sales, _authority;

    public ClientCertificateTests() => (_sales, _authority) = (Make("sales"), Make("authority"));

    [Fact]
    public void A_file_may_hold_the_certificate_its_chain_and_its_key()
    {
        var (certificate, chain) = Files(_sales.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem() + "\n" + Key).Read();
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(_sales.Thumbprint, certificate.Thumbprint);
        Assert.Equal(_authority.Thumbprint, Assert.Single(chain).Thumbprint);
    }

    [Theory]
    [InlineData("PKCS#8")]
    [InlineData("SEC 1")]
    public void The_key_may_be_in_a_file_of_its_own(string form) =>
        Assert.True(Files(_sales.ExportCertificatePem(), form == "SEC 1" ? _key.ExportECPrivateKeyPem() : Key).Read().Certificate.HasPrivateKey);

    [Fact]
    public async Task A_renewed_certificate_is_read_anew_and_is_another_secret()
    {
        var files = Files(_sales.ExportCertificatePem(), Key);
        var before = (await files.ReadAsync(TestContext.Current.CancellationToken)).Reveal();
        Assert.Equal(before, (await files.ReadAsync(TestContext.Current.CancellationToken)).Reveal());
        using var renewed = Make("sales");
        _folder.Write("c.pem", renewed.ExportCertificatePem());
        Assert.Equal(renewed.Thumbprint, files.Read().Certificate.Thumbprint);
        Assert.NotEqual(before, (await files.ReadAsync(TestContext.Current.CancellationToken)).Reveal());
    }

    [Fact]
    public void An_encrypted_key_is_refused_with_what_to_do()
    {
        var encrypted = _key.ExportEncryptedPkcs8PrivateKeyPem("canary", new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1));
        Assert.Equal($"mailbox sales: tlsKeyFile {In("k.pem")} holds an encrypted key, and nobody is here to type its passphrase; "
            + "write it without one (openssl pkey -in key.pem -out plain.pem), readable by this account alone (set in sales.json)",
            Refused(_sales.ExportCertificatePem(), encrypted));
        Assert.Contains("holds an encrypted key",
            Refused(_sales.ExportCertificatePem(), "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_without_key_is_refused()
    {
        Assert.Equal($"mailbox sales: tlsCertificateFile {In("c.pem")} holds no private key; add it to the file, or name its own with tlsKeyFile "
            + "(set in sales.json)", Refused(_sales.ExportCertificatePem()));
        Assert.Equal($"mailbox sales: tlsKeyFile {In("k.pem")} holds no private key; write it in PEM form (-----BEGIN PRIVATE KEY-----) "
            + "(set in sales.json)", Refused(_sales.ExportCertificatePem(), "hunter2"));
    }

    [Fact]
    public void A_key_without_certificate_is_refused() => Assert.Equal(
        $"mailbox sales: tlsCertificateFile {In("c.pem")} holds no certificate; write it in PEM form (-----BEGIN CERTIFICATE-----) "
            + "(set in sales.json)", Refused(Key));

    [Fact]
    public void The_key_of_another_certificate_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal($"mailbox sales: tlsKeyFile {In("k.pem")} holds another key than that of the first certificate; write both files anew "
            + "(set in sales.json)", Refused(_sales.ExportCertificatePem(), other.ExportPkcs8PrivateKeyPem()));
        using var kind = RSA.Create(2048);
        Assert.StartsWith("mailbox sales: tls", Refused(_sales.ExportCertificatePem(), kind.ExportPkcs8PrivateKeyPem()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")]
    [InlineData("")]
    public void Damaged_files_are_refused_without_showing_their_content(string certificate)
    {
        Assert.Contains("c.pem", Refused(certificate, Key), StringComparison.Ordinal);
        var damaged = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n";
        Assert.DoesNotContain("Y2FuYXJ5", Refused(_sales.ExportCertificatePem(), damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var missing = new ClientCertificate(new("mailbox sales", ClientCertificate.Stem, "sales.json"), "/no/such.pem", null);
        Assert.Equal("mailbox sales: tlsCertificateFile /no/such.pem does not exist; create it or correct the path (set in sales.json)",
            Assert.Throws<SecretException>(() => missing.Read()).Message);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _key.Dispose();
        _sales.Dispose();
        _authority.Dispose();
    }

    string Key => _key.ExportPkcs8PrivateKeyPem();

    string In(string name) => Path.Combine(_folder.Path, name);

    X509Certificate2 Make(string name) =>
        new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256).CreateSelfSigned(From, From.AddYears(99));

    ClientCertificate Files(string certificate, string? key = null) => new(new("mailbox sales", ClientCertificate.Stem, "sales.json"),
        _folder.Write("c.pem", certificate), key is null ? null : _folder.Write("k.pem", key));

    string Refused(string certificate, string? key = null) =>
        Assert.Throws<SecretException>(() => Files(certificate, key).Read()).Message;
}
