using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>A mailbox's settings, in the words of the POP3 client.</summary>
static class MailboxOptions
{
    public static Pop3Options ToPop3Options(this Mailbox mailbox, TimeProvider clock, ILogger log, bool lockStep) => new()
    {
        Clock = clock,
        ConnectTimeout = mailbox.ConnectTimeout,
        Timeout = mailbox.Timeout,
        SessionTimeout = mailbox.SessionTimeout,
        Pipelining = lockStep && mailbox.Pipelining == Pipelining.Auto ? Pipelining.Off : mailbox.Pipelining,
        Transcript = log.IsEnabled(LogLevel.Trace) ? line => log.Transcript(mailbox.Id, line) : null,
        ListsFirst = true, // every poll and every verb begins with the listing
        InexactSizes = mailbox.Sizes == SizeTrust.Inexact,
        Tls = ToPop3Tls(mailbox.Tls),
    };

    /// <summary>The user, and what proves him as it is now.</summary>
    public static Pop3SignIn ToPop3SignIn(this Mailbox mailbox, Secret secret) => mailbox.Mechanism == SignInMechanism.External
        ? Pop3SignIn.WithCertificate(mailbox.Username)
        : new(mailbox.Username, secret.Reveal(), mailbox.Mechanism);

    static Pop3Tls ToPop3Tls(MailboxTls tls)
    {
        var ours = tls.Certificate?.Read();
        return new()
        {
            Fingerprints = tls.Fingerprints,
            HostOverride = tls.HostOverride,
            TrustedRoots = tls.TrustFile is { } file ? Authorities(file) : [],
            Revocation = tls.Revocation,
            ClientCertificate = ours?.Certificate,
            ClientChain = ours?.Chain ?? [],
        };
    }

    static IReadOnlyList<X509Certificate2> Authorities(string pemFile)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(pemFile);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SecretException($"tlsTrustFile {pemFile} cannot be read: {unreadable.Message.TrimEnd('.')}; correct the path, or write PEM certificates into it", unreadable);
        }
        return [.. authorities];
    }
}
