using System.Text;
using MailIngest.Pop3.Sasl;

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
    readonly List<string> _secrets = [];

    /// <exception cref="Pop3RefusedException">
    /// The server refused; <see cref="Pop3RefusedException.IsCredentials"/> says whether the password is why.
    /// </exception>
    /// <exception cref="Pop3SignInException">The mechanism cannot be used with this server; nothing secret was sent.</exception>
    public async Task RunAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        // A server may repeat what it was told, or what somebody else told it.
        _secrets.Add(signIn.Secret);
        if (signIn.Kind == SignInKind.Password) _secrets.Add(SaslPlain.Encode(signIn.User, signIn.Secret));
        connection.Secrets = _secrets;
        var exchange = new SaslChoice(capabilities, connection.Server, connection.Binding, connection.ShowedCertificate).Of(signIn);
        if (exchange is not null)
            await SaslAsync(exchange, stop);
        else if (signIn.Mechanism == SignInMechanism.Apop)
            await ApopAsync(signIn, stop);
        else
            await UserPassAsync(signIn, stop);
    }

    /// <summary>
    /// USER, and PASS only after its "+OK" (RFC 1939 §7), unless pipelining: then they are one flight (RFC 2449 §6.6). PASS goes out even if
    /// USER is refused then, which a server may do just because nothing protects the connection: on such a one it waits.
    /// </summary>
    async Task UserPassAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        MustBeSendable("USER", signIn.User);
        MustBeSendable("PASS", signIn.Secret);
        var pass = Command.Secret("PASS", signIn.Secret);
        var atOnce = pipelines && connection.Server.Tls != TlsMode.None;
        connection.Send(Command.Of("USER", signIn.User));
        if (atOnce) connection.Send(pass);
        Accept(await ReadReplyAsync(atOnce ? 2 : 1, stop));
        if (!atOnce) connection.Send(pass);
        Accept(await ReadReplyAsync(1, stop));
    }

    async Task ApopAsync(Pop3SignIn signIn, CancellationToken stop)
    {
        var timestamp = Apop.Timestamp(greeting.Text)
            ?? throw new Pop3SignInException(
                $"{connection.Server}: APOP needs a timestamp in the greeting, and \"{greeting}\" has no valid one.");
        MustBeSendable("APOP", signIn.User, digestOctets: 33);
        MustBeSendable("APOP", signIn.Secret);
        var digest = Apop.Digest(timestamp, signIn.Secret);
        Hide(digest);
        connection.Send(Command.Secret("APOP", $"{signIn.User} {digest}"));
        Accept(await ReadReplyAsync(1, stop));
    }

    /// <summary>
    /// AUTH (RFC 5034). What the mechanism says first goes with the command when the server announces it and the line is short enough,
    /// else after an empty challenge (§3, §4).
    /// </summary>
    async Task SaslAsync(SaslExchange exchange, CancellationToken stop)
    {
        var command = "AUTH " + exchange.Mechanism;
        var first = exchange.First;
        var initial = first is null ? null : SaslBase64.EncodeInitial(first);
        var atOnce = initial is not null && capabilities.SaslMechanisms.Contains(exchange.Mechanism)
            && command.Length + 1 + initial.Length + 2 <= Command.MaxOctets;
        if (atOnce && first!.Length > 0) Hide(initial!); // nothing at all is "=", which half of all answers hold
        connection.Send(atOnce ? Command.Secret(command, initial!) : Command.Of(command));
        await PassOverUtf8Async(1, stop);
        var (reply, challenge) = await connection.ReadChallengeAsync(stop);

        if (!atOnce && first is not null)
        {
            if (reply is { Ok: false }) Accept(reply); // "+OK" in place of "+": some servers do that (RFC 5034 §4 says "+ ")
            await DecodeAsync(command, challenge, stop);
            (reply, challenge) = await RespondAsync(command, first, stop);
        }
        // Each mechanism knows how many challenges it has.
        while (reply is null)
        {
            var octets = await DecodeAsync(command, challenge, stop);
            byte[] answer;
            try
            {
                answer = exchange.Answer(octets);
            }
            catch (SaslException flaw)
            {
                throw await CancelAsync(command, flaw.Message, stop);
            }
            (reply, challenge) = await RespondAsync(command, answer, stop);
        }
        if (reply.Ok && !exchange.IsComplete)
            throw connection.Break($"ends {exchange.Mechanism} before the server has proven who it is");
        Accept(reply, exchange);
    }

    async Task<byte[]> DecodeAsync(string command, byte[] challenge, CancellationToken stop) =>
        SaslBase64.Decode(challenge) ?? throw await CancelAsync(command, "has a challenge that is not base64", stop);

    async Task<(Reply? Reply, byte[] Challenge)> RespondAsync(string command, byte[] answer, CancellationToken stop)
    {
        var response = Convert.ToBase64String(answer);
        Hide(response);
        connection.Send(Command.Response(command, response));
        return await connection.ReadChallengeAsync(stop);
    }

    /// <summary>"*" ends the exchange (RFC 5034 §4); what the server says to that no longer matters, nor whether it says anything.</summary>
    async Task<Exception> CancelAsync(string command, string flaw, CancellationToken stop)
    {
        connection.Send(Command.Response(command, "*"));
        try
        {
            await connection.ReadChallengeAsync(stop);
        }
        catch (Exception gone) when (gone is IOException or TimeoutException or Pop3ProtocolException)
        {
            return new Pop3ProtocolException($"{connection.Server}: the answer to {command} {flaw}; the session was ended.");
        }
        return connection.Break(flaw);
    }

    void Hide(string secret)
    {
        _secrets.Add(secret);
        connection.Secrets = _secrets;
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

    /// <param name="reply">The answer that ends the sign-in.</param>
    /// <param name="exchange">What came before it.</param>
    void Accept(Reply reply, SaslExchange? exchange = null)
    {
        if (reply.Ok) return;
        // Only [AUTH] speaks of the credentials; a server that does not announce it may mean them by a bare -ERR (RFC 3206 §5, §6).
        var credentials = reply.Code is { } code
            ? code.Is(ResponseCode.Auth)
            : !capabilities.AuthRespCode || exchange is { BlamesCredentials: true };
        throw connection.Refused(reply, credentials, loginDelay: capabilities.LoginDelay, complaint: exchange?.Complaint);
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
