using System.Buffers.Text;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>
/// The AUTHORIZATION state up to the answer that opens the maildrop. One mechanism is tried, once: after a refusal there is no falling
/// back to another, which would only help an attacker and lock accounts.
/// </summary>
/// <param name="connection">UTF8 may be under way on it.</param>
/// <param name="capabilities">What was announced before the sign-in.</param>
/// <param name="greeting">Where APOP finds its timestamp.</param>
/// <param name="pipelines">Several commands may be under way: that was announced, before the sign-in and under the same protection.</param>
sealed class SignInDialogue(Connection connection, Capabilities capabilities, Reply greeting, bool pipelines)
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
    /// USER, and PASS only after its "+OK" (RFC 1939 §7), unless pipelining: then they are one flight (RFC 2449 §6.6). PASS goes out even if
    /// USER is refused then, which a server may do just because nothing protects the connection: on such a one it waits.
    /// </summary>
    async Task UserPassAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        MustBeSendable("USER", signIn.User);
        MustBeSendable("PASS", signIn.Password);
        var pass = Command.Secret("PASS", signIn.Password);
        var atOnce = pipelines && connection.Server.Tls != TlsMode.None;
        connection.Send(Command.Of("USER", signIn.User));
        if (atOnce) connection.Send(pass);
        Accept(await ReadReplyAsync(atOnce ? 2 : 1, stop));
        if (!atOnce) connection.Send(pass);
        Accept(await ReadReplyAsync(1, stop));
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
        connection.Send(Command.Secret("APOP", $"{signIn.User} {digest}"));
        Accept(await ReadReplyAsync(1, stop));
    }

    /// <summary>
    /// The message goes with the command when PLAIN is announced and the line is short enough, else after the challenge (RFC 5034 §3,
    /// §4).
    /// </summary>
    async Task PlainAsync(string message, CancellationToken stop)
    {
        var atOnce = AnnouncesPlain && SaslPlain.FitsInitialResponse(message);
        connection.Send(atOnce ? Command.Secret(SaslPlain.Command, message) : Command.Of(SaslPlain.Command));
        await PassOverUtf8Async(1, stop);
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

    /// <summary>The answer to the oldest of our commands.</summary>
    /// <param name="own">How many of those under way are ours.</param>
    async Task<Reply> ReadReplyAsync(int own, CancellationToken stop)
    {
        await PassOverUtf8Async(own, stop);
        return await connection.ReadReplyAsync(false, stop);
    }

    /// <summary>Whatever is said to UTF8 changes nothing.</summary>
    async Task PassOverUtf8Async(int own, CancellationToken stop)
    {
        if (connection.Window.Outstanding > own) await connection.ReadReplyAsync(false, stop);
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
