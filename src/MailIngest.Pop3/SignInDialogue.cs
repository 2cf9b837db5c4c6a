using System.Buffers.Text;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>
/// The AUTHORIZATION state up to the answer that opens the maildrop. One mechanism is tried, once: after a refusal there is no falling
/// back to another, which would only help an attacker and lock accounts.
/// </summary>
sealed class SignInDialogue(Connection connection, Capabilities capabilities, Reply greeting)
{
    /// <exception cref="Pop3RefusedException">
    /// The server refused; <see cref="Pop3RefusedException.IsCredentials"/> says whether the password is why.
    /// </exception>
    /// <exception cref="Pop3SignInException">The mechanism cannot be used with this server; nothing secret was sent.</exception>
    public async Task RunAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        var plain = SaslPlain.Encode(signIn.User, signIn.Password);
        connection.Secrets = [signIn.Password, plain];
        await (signIn.Mechanism switch
        {
            SignInMechanism.Apop => ApopAsync(signIn, plain, stop),
            SignInMechanism.Plain => PlainAsync(plain, stop),
            SignInMechanism.Auto when AnnouncesPlain => PlainAsync(plain, stop),
            _ => UserPassAsync(signIn, stop),
        });
    }

    bool AnnouncesPlain => capabilities.SaslMechanisms.Contains("PLAIN");

    /// <summary>
    /// USER, and PASS only after its "+OK" (RFC 1939 §7). Never in one flight: PASS would go out even if USER is refused.
    /// </summary>
    async Task UserPassAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        MustBeSendable("USER", signIn.User);
        MustBeSendable("PASS", signIn.Password);
        Accept(await connection.AskAsync(Command.Of("USER", signIn.User), stop));
        Accept(await connection.AskAsync(Command.Secret("PASS", signIn.Password), stop));
    }

    async Task ApopAsync(Pop3SignIn signIn, string plain, CancellationToken stop)
    {
        var timestamp = Apop.Timestamp(greeting.Text)
            ?? throw new Pop3SignInException(
                $"{connection.Server}: APOP needs a timestamp in the greeting, and \"{greeting}\" has no valid one.");
        MustBeSendable("APOP", signIn.User, digestOctets: 33);
        MustBeSendable("APOP", signIn.Password);
        var digest = Apop.Digest(timestamp, signIn.Password);
        connection.Secrets = [signIn.Password, plain, digest];
        Accept(await connection.AskAsync(Command.Secret("APOP", $"{signIn.User} {digest}"), stop));
    }

    /// <summary>
    /// The message goes with the command when PLAIN is announced and the line is short enough, else after the challenge (RFC 5034 §3,
    /// §4).
    /// </summary>
    async Task PlainAsync(string message, CancellationToken stop)
    {
        var atOnce = AnnouncesPlain && SaslPlain.FitsInitialResponse(message);
        connection.Send(atOnce ? Command.Secret(SaslPlain.Command, message) : Command.Of(SaslPlain.Command));
        var (reply, challenge) = await connection.ReadChallengeAsync(stop);

        if (!atOnce)
        {
            if (reply is { Ok: false }) Accept(reply);   // "+OK" in place of "+": some servers do that (RFC 5034 §4 says "+ ")
            if (!Base64.IsValid(challenge)) await CancelAsync("has a challenge that is not base64", stop);
            connection.Send(Command.Response(SaslPlain.Command, message));
            (reply, _) = await connection.ReadChallengeAsync(stop);
        }
        if (reply is null) await CancelAsync("asks for more although PLAIN has nothing more to say", stop);
        Accept(reply!);
    }

    /// <summary>"*" ends the exchange (RFC 5034 §4); what the server says to that no longer matters.</summary>
    async Task CancelAsync(string flaw, CancellationToken stop)
    {
        connection.Send(Command.Response(SaslPlain.Command, "*"));
        await connection.ReadChallengeAsync(stop);
        throw connection.Break(flaw);
    }

    void Accept(Reply reply)
    {
        if (reply.Ok) return;
        // Only [AUTH] speaks of the credentials; a server that does not announce it may mean them by a bare -ERR (RFC 3206 §5, §6).
        var credentials = reply.Code is { } code ? code.Is(ResponseCode.Auth) : !capabilities.AuthRespCode;
        throw connection.Refused(reply, credentials, loginDelay: capabilities.LoginDelay);
    }

    /// <summary>ASCII unless "UTF8 USER" is announced (RFC 6856 §2.2), and 255 octets with keyword and CRLF (RFC 2449 §4).</summary>
    void MustBeSendable(string keyword, string argument, int digestOctets = 0)
    {
        var what = keyword == "PASS" || (keyword == "APOP" && digestOctets == 0) ? "password" : "user name";
        if (!Ascii.IsValid(argument) && !capabilities.Utf8User)
            throw new Pop3SignInException(
                $"{connection.Server}: the {what} is not ASCII, which this server does not take with {keyword}; use SASL PLAIN.");
        if (keyword.Length + 1 + Encoding.UTF8.GetByteCount(argument) + digestOctets + 2 > Command.MaxOctets)
            throw new Pop3SignInException($"{connection.Server}: the {what} is too long for {keyword}; use SASL PLAIN.");
    }
}
