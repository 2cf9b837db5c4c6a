using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>
/// The certificate that a mailbox shows the server, and its key: PEM files, read at each sign-in, so that a renewed certificate needs no
/// restart. As a secret it is the certificate's fingerprint: another one for each certificate, and none of the key.
/// </summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="CertificateFile">The certificate, perhaps those between it and its authority, perhaps the key.</param>
/// <param name="KeyFile">The key; null: it is in the other file.</param>
public sealed record ClientCertificate(SecretOwner Owner, string CertificateFile, string? KeyFile) : SecretSource(Owner)
{
    /// <summary>The stem of the keys that name the files, as <see cref="SecretOwner.Key"/>.</summary>
    public const string Stem = "tlsCertificate";

    private protected override string Source => $"{Owner.Key}File {CertificateFile}";

    internal override string Place => $"{CertificateFile}\0{KeyFile}";

    /// <summary>The certificate with its private key, and the rest of its chain.</summary>
    /// <exception cref="SecretException">It cannot be read; the message names owner, file and remedy, never the content.</exception>
    public (X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Chain) Read()
    {
        var (certificates, keyName) = (FileText(Source, CertificateFile), KeyFile is null ? Source : $"tlsKeyFile {KeyFile}");
        var key = KeyFile is null ? certificates : FileText(keyName, KeyFile);
        if (key.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal) || key.Contains("4,ENCRYPTED", StringComparison.Ordinal))
            throw Failure(keyName, "holds an encrypted key, and nobody is here to type its passphrase; "
                + "write it without one (openssl pkey -in key.pem -out plain.pem), readable by this account alone");
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Failure(keyName, KeyFile is null
                ? "holds no private key; add it to the file, or name its own with tlsKeyFile"
                : "holds no private key; write it in PEM form (-----BEGIN PRIVATE KEY-----)");
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
            if (chain.Count == 0)
                throw Failure(Source, "holds no certificate; write it in PEM form (-----BEGIN CERTIFICATE-----)");
            return (X509Certificate2.CreateFromPem(certificates, key), [.. chain.Skip(1)]);
        }
        catch (CryptographicException e)
        {
            throw Failure(Source, $"and its key cannot be read: {ConfigWords.Plain(e.Message.TrimEnd('.'))}; write them anew in PEM form", e);
        }
        catch (ArgumentException e) // as .NET says it
        {
            throw Failure(keyName, "holds another key than that of the first certificate; write both files anew", e);
        }
    }

    private protected override Task<string> ReadTextAsync(CancellationToken stop)
    {
        using var certificate = Read().Certificate;
        return Task.FromResult(certificate.GetCertHashString(HashAlgorithmName.SHA256));
    }
}
