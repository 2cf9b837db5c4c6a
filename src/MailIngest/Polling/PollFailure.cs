using System.Net.Sockets;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Polling;

/// <summary>Why a poll ended early, for people and for the caller's exit code.</summary>
/// <param name="Result">What kind of failure it is.</param>
/// <param name="Code">The class of the failure (sysexits).</param>
/// <param name="Sentence">What was tried, what was said, what to do.</param>
public sealed record PollFailure(PollResult Result, int Code, string Sentence)
{
    /// <summary>The failure behind an exception, or null when it is a bug of ours and must not be explained away.</summary>
    public static PollFailure? From(Exception exception, Mailbox mailbox) => exception switch
    {
        Pop3RefusedException refused => Refused(refused, mailbox),
        Pop3TlsException tls => Of(
            PollResult.Network, ExitCode.Unavailable, tls,
            $"check host, tls, tlsTrustFile and tlsFingerprint in {mailbox.File}; no credential was sent"),
        Pop3SignInException signIn => Of(PollResult.Auth, ExitCode.SignInRefused, signIn, $"check auth in {mailbox.File}"),
        Pop3ProtocolException protocol => Of(
            protocol.ConnectionLost ? PollResult.Network : PollResult.Protocol, ExitCode.Temporary, protocol,
            "the session was dropped and nothing was deleted in it; the next poll starts anew"),
        TokenException { IsRefused: true } token => new(PollResult.Auth, ExitCode.SignInRefused, token.Message),
        TokenException token => new(PollResult.Network, ExitCode.Unavailable, token.Message),
        SecretException secret => new(PollResult.Auth, ExitCode.Configuration, secret.Message),
        BlobStoreException store => Of(PollResult.Store, ExitCode.Of(store), store, "nothing that is not stored was deleted"),
        LedgerException ledger => new(PollResult.Ledger, ExitCode.Of(ledger), ledger.Message),
        SessionTimeoutException late => Of(
            PollResult.Deadline, ExitCode.Temporary, late,
            $"nothing that is not stored was deleted; raise sessionTimeout in {mailbox.File}, or set maxMessagesPerSession"),
        SocketException or TimeoutException or IOException => Of(
            PollResult.Network, ExitCode.Unavailable, exception,
            $"check host, port and tls in {mailbox.File}, and the network; the next poll tries again"),
        OperationCanceledException => new(
            PollResult.Interrupted, ExitCode.Temporary,
            "interrupted; nothing that is not stored was deleted; the next poll goes on from here"),
        _ => null,
    };

    static PollFailure Refused(Pop3RefusedException refused, Mailbox mailbox)
    {
        if (refused.IsCredentials)
            return new(PollResult.Auth, ExitCode.SignInRefused,
                $"signing in as {mailbox.Username}: {Open(refused)}; check username and {Proof(mailbox)} in {mailbox.File}");
        if (refused.Reply.Code is not { } code)
            return Of(PollResult.Protocol, ExitCode.Temporary, refused, "the next poll tries again");
        if (code.Is(ResponseCode.InUse))
            return Of(PollResult.Busy, ExitCode.Temporary, refused, "another session has the maildrop open; the next poll tries again");
        if (code.Is(ResponseCode.LoginDelay))
            return Of(PollResult.Busy, ExitCode.Temporary, refused, "the server wants more time between sign-ins; poll less often");
        if (code.Is(ResponseCode.SysTemp))
            return Of(PollResult.Protocol, ExitCode.Temporary, refused,
                "the server says that its trouble passes; the next poll tries again");
        if (code.Is(ResponseCode.SysPerm))
            return Of(PollResult.Protocol, ExitCode.SignInRefused, refused,
                $"the server says that this does not pass by itself: ask who runs it; it is tried again in "
                    + $"{Retries.Ceiling.TotalMinutes:0} minutes");
        return Of(PollResult.Protocol, ExitCode.Temporary, refused, "the next poll tries again");
    }

    static string Proof(Mailbox mailbox) => mailbox.Mechanism == SignInMechanism.External ? "tlsCertificateFile" : "password";

    static PollFailure Of(PollResult result, int code, Exception exception, string remedy) =>
        new(result, code, $"{Open(exception)}; {remedy}");

    /// <summary>The message as the first part of a longer sentence.</summary>
    static string Open(Exception exception) => exception.Message.TrimEnd('.', ' ');
}
