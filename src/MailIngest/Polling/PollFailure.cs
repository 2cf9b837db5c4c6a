using System.Net.Sockets;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Polling;

/// <summary>Why a poll ended early, for people and for the caller's exit code.</summary>
/// <param name="ExitCode">The class of the failure (sysexits).</param>
/// <param name="Sentence">What was tried, what was said, what to do.</param>
public sealed record PollFailure(int ExitCode, string Sentence)
{
    /// <summary>The failure behind an exception, or null when it is a bug of ours and must not be explained away.</summary>
    public static PollFailure? From(Exception exception, Mailbox mailbox) => exception switch
    {
        Pop3RefusedException refused => Refused(refused, mailbox),
        Pop3TlsException tls => new(MailIngest.ExitCode.Unavailable,
            $"{tls.Message}; check host, tls, tlsTrustFile and tlsFingerprint in {mailbox.File}; no credential was sent"),
        Pop3SignInException signIn => new(MailIngest.ExitCode.SignInRefused, $"{signIn.Message}; check auth in {mailbox.File}"),
        Pop3ProtocolException protocol => new(MailIngest.ExitCode.Temporary,
            $"{protocol.Message}; the session was dropped and nothing was deleted in it; the next poll starts anew"),
        SecretException secret => new(MailIngest.ExitCode.Configuration, secret.Message),
        BlobStoreException store => new(store.IsTransient ? MailIngest.ExitCode.Temporary : MailIngest.ExitCode.CannotCreate,
            $"{store.Message}; nothing that is not stored was deleted"),
        LedgerException ledger => new(
            ledger.IsCorrupt ? MailIngest.ExitCode.Software : ledger.IsTransient ? MailIngest.ExitCode.Temporary : MailIngest.ExitCode.CannotCreate,
            $"{ledger.Message}"),
        SocketException or TimeoutException or IOException => new(MailIngest.ExitCode.Unavailable,
            $"{exception.Message}; check host, port and tls in {mailbox.File}, and the network; the next poll tries again"),
        OperationCanceledException => new(MailIngest.ExitCode.Temporary, "interrupted; nothing that is not stored was deleted; the next poll goes on from here"),
        _ => null,
    };

    static PollFailure Refused(Pop3RefusedException refused, Mailbox mailbox)
    {
        if (refused.IsCredentials)
            return new(MailIngest.ExitCode.SignInRefused, $"signing in as {mailbox.Username}: {refused.Message}; check username and password in {mailbox.File}");
        if (refused.Reply.Code is { } code && code.Is(ResponseCode.InUse))
            return new(MailIngest.ExitCode.Temporary, $"{refused.Message}; another session has the maildrop open; the next poll tries again");
        if (refused.Reply.Code is { } delay && delay.Is(ResponseCode.LoginDelay))
            return new(MailIngest.ExitCode.Temporary, $"{refused.Message}; the server wants more time between sign-ins; poll less often");
        return new(MailIngest.ExitCode.Temporary, $"{refused.Message}; the next poll tries again");
    }
}
