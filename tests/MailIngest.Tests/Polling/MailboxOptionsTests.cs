using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>A mailbox's file in the words of the POP3 client.</summary>
public sealed class MailboxOptionsTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailingest-options-");

    [Theory]
    [InlineData(Pipelining.Auto, false, Pipelining.Auto)]
    [InlineData(Pipelining.Auto, true, Pipelining.Off)]
    [InlineData(Pipelining.On, true, Pipelining.On)]
    [InlineData(Pipelining.Off, false, Pipelining.Off)]
    public void After_a_framing_error_a_mailbox_is_in_lock_step_unless_its_file_asks_for_pipelining(
        Pipelining file, bool lockStep, Pipelining used) =>
        Assert.Equal(used, Options(A.Mailbox() with { Pipelining = file }, lockStep).Pipelining);

    [Theory]
    [InlineData(SizeTrust.Exact, false)]
    [InlineData(SizeTrust.Inexact, true)]
    public void Sizes_are_believed_as_the_file_says(SizeTrust trust, bool inexact) =>
        Assert.Equal(inexact, Options(A.Mailbox() with { Sizes = trust }).InexactSizes);

    [Fact]
    public void The_dialogue_is_written_down_only_for_a_log_that_wants_it()
    {
        Assert.Null(Options(A.Mailbox()).Transcript);
        var log = new CapturedLog();
        A.Mailbox().ToPop3Options(TimeProvider.System, log, lockStep: false).Transcript!(new(FromServer: true, "+OK ready"));
        Assert.Contains("+OK ready", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void The_authorities_of_a_trust_file_are_the_only_ones_trusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new CertificateRequest("CN=ours", key, HashAlgorithmName.SHA256).CreateSelfSigned(A.Noon, A.Noon.AddYears(1));
        var file = Path.Combine(_folder.FullName, "trust.pem");
        File.WriteAllText(file, authority.ExportCertificatePem());
        Assert.Equal(authority.Thumbprint, Assert.Single(Options(Trusting(file)).Tls.TrustedRoots).Thumbprint);
        Assert.Empty(Options(A.Mailbox()).Tls.TrustedRoots);
    }

    [Fact]
    public void A_trust_file_that_is_missing_or_no_certificate_is_named_with_what_to_do()
    {
        var file = Path.Combine(_folder.FullName, "trust.pem");
        Assert.StartsWith($"tlsTrustFile {file} cannot be read: ",
            Assert.Throws<SecretException>(() => Options(Trusting(file))).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n");
        Assert.EndsWith("correct the path, or write PEM certificates into it",
            Assert.Throws<SecretException>(() => Options(Trusting(file))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    static Mailbox Trusting(string file) => A.Mailbox() with { Tls = new([], null, file) };

    static Pop3Options Options(Mailbox mailbox, bool lockStep = false) =>
        mailbox.ToPop3Options(TimeProvider.System, NullLogger.Instance, lockStep);
}
