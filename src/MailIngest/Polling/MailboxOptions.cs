using System.Security.Cryptography.X509Certificates;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>A mailbox's settings, in the words of the POP3 client.</summary>
static class MailboxOptions
{
    public static Pop3Options ToPop3Options(this Mailbox mailbox, TimeProvider clock, bool lockStep) => new()
    {
        Clock = clock,
        ConnectTimeout = mailbox.ConnectTimeout,
        Timeout = mailbox.Timeout,
        SessionTimeout = mailbox.SessionTimeout,
        Pipelining = lockStep && mailbox.Pipelining == Pipelining.Auto ? Pipelining.Off : mailbox.Pipelining,
        InexactSizes = mailbox.Sizes == SizeTrust.Inexact,
        Tls = new Pop3Tls
        {
            Fingerprints = mailbox.Tls.Fingerprints,
            HostOverride = mailbox.Tls.HostOverride,
            TrustedRoots = mailbox.Tls.TrustFile is { } file ? Authorities(file) : [],
        },
    };

    static IReadOnlyList<X509Certificate2> Authorities(string pemFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(pemFile);
        return [.. authorities];
    }
}
