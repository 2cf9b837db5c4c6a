using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Pop3.Sasl;
using MailIngest.Pop3.Server.Sasl;

namespace MailIngest.Pop3.Server;

/// <content>The AUTHORIZATION state: who is the client (RFC 1939 §4, §7, RFC 2595, RFC 5034, RFC 6856), and CAPA.</content>
sealed partial class ServerSession
{
    /// <summary>The longest line of a SASL exchange; RFC 5034 §4 sets no limit, memory does.</summary>
    const int LongestSaslLine = 64 * 1024;

    string? _timestamp;
    string? _namedUser;
    string? _claimedUser;
    bool _startsTls;
    bool _utf8;

    /// <summary>Passwords may be sent now (RFC 5034 §4, RFC 8314 §4.1).</summary>
    bool TakesPasswords => _options.Tls != TlsMode.Stls || _connection.IsSecure || _options.CleartextBeforeStls;

    /// <summary>What ties a sign-in to this connection: the digest of our certificate (RFC 5929 §4).</summary>
    ChannelBinding? Binding => _connection.IsSecure ? ChannelBinding.Of(_options.Certificate!) : null;

    /// <summary>RFC 1939 §7: the timestamp is a msg-id and different for each greeting.</summary>
    string Greeting()
    {
        if (!_options.Apop)
            return "POP3 server ready";
        _timestamp = string.Create(CultureInfo.InvariantCulture, $"<{_number}.{_options.Clock.GetUtcNow().Ticks}@pop3.localhost>");
        return "POP3 server ready " + _timestamp;
    }

    /// <summary>RFC 1939 §7. An unknown name is not told from a known one (§13).</summary>
    public ValueTask User(CommandLine line)
    {
        if (!TakesPasswords)
            return RefusesPasswords();
        _namedUser = line.Arguments[0];
        Ok("send PASS");
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §7: only directly after USER; spaces are part of the password.</summary>
    public ValueTask Pass(CommandLine line)
    {
        if (!TakesPasswords)
            return RefusesPasswords();
        if (_claimedUser is null)
            Refuse("PASS comes after USER");
        else
            SignIn(_claimedUser, account => !account.Apop && account.HasPassword(line.Rest!));
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §7: the digest is MD5 over the greeting's timestamp and the shared secret.</summary>
    public ValueTask Apop(CommandLine line)
    {
        SignIn(line.Arguments[0], account => account.Apop && Pop3Account.Same(Digest(account.Password), line.Arguments[1]));
        return ValueTask.CompletedTask;

#pragma warning disable CA5351 // APOP is MD5
        string Digest(string secret) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(_timestamp + secret)));
#pragma warning restore CA5351
    }

    /// <summary>RFC 5034 §4. A failure leaves everything as it was.</summary>
    public async ValueTask AuthAsync(CommandLine line)
    {
        if (ServerMechanisms.Begin(line.Arguments[0], _options, Binding, _clients.Certified) is not { } exchange)
        {
            Refuse("unknown mechanism");
            return;
        }
        if (!TakesPasswords)
        {
            await RefusesPasswords();
            return;
        }
        if (line.Arguments.Count == 2 && exchange.Opening is not null)
        {
            Refuse("the server begins this mechanism");
            return;
        }

        var said = line.Arguments.Count < 2 ? await ChallengeAsync(exchange.Opening ?? [])
            : SaslBase64.DecodeInitial(Encoding.UTF8.GetBytes(line.Arguments[1])) ?? RefuseBase64();
        while (said is not null)
        {
            if (exchange.Next(said) is { } challenge)
            {
                said = await ChallengeAsync(challenge);
                continue;
            }
            if (exchange.Flaw is { } flaw)
                Refuse(flaw);
            else
                SignIn(exchange.User, _ => exchange.IsProven);
            return;
        }
    }

    /// <summary>RFC 2595 §4: the handshake starts right after the answer, and what was sent ahead of it is forgotten.</summary>
    public ValueTask StlsAsync()
    {
        if (_connection.IsSecure)
            Refuse("TLS is active");
        else if (_utf8)
            Refuse("STLS comes before UTF8");
        else
        {
            Ok("begin the handshake");
            _startsTls = true;
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 6856 §2.1.</summary>
    public ValueTask Utf8()
    {
        _utf8 = true;
        Ok("UTF-8 it is");
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 2449 §5: what is available before signing in is announced after it as well; STLS alone is for one state (RFC 2595
    /// §4).</summary>
    public ValueTask CapaAsync()
    {
        Ok("capabilities");
        var signedIn = _state == SessionStates.Transaction;
        Announce("TOP", _options.Top);
        Announce("UIDL", _options.Uidl);
        Announce("USER", TakesPasswords);
        var sasl = string.Join(' ', ServerMechanisms.Offered(_options, Binding, _clients.Certified));
        Announce("SASL " + sasl, sasl.Length > 0 && TakesPasswords);
        Announce("STLS", _options.Tls == TlsMode.Stls && !_connection.IsSecure && !signedIn);
        Announce("RESP-CODES", _options.RespCodes);
        Announce("AUTH-RESP-CODE", _options.AuthRespCode);
        Announce("PIPELINING", _options.Pipelining && (signedIn || !_options.CapaPipeliningOnlyAfterSignIn));
        Announce("UTF8 USER", _options.Utf8);
        if (_options.LoginDelay is { } delay)
            Announce(string.Create(CultureInfo.InvariantCulture, $"LOGIN-DELAY {delay.TotalSeconds:0}"), true);
        foreach (var capability in _options.ExtraCapabilities)
            Announce(capability, true);
        Announce("IMPLEMENTATION MailIngest", true);
        _answer.Line(".");
        return ValueTask.CompletedTask;

        void Announce(string capability, bool isOffered)
        {
            if (isOffered)
                _answer.Line(capability);
        }
    }

    async Task StartTlsAsync()
    {
        Touch();
        await _connection.StartTlsAsync(_options.Certificate!, _clients, Stop);
        Happened(ServerEventKind.TlsStarted, "", "");
    }

    /// <summary>A mechanism that the client begins has an empty challenge first (RFC 5034 §4). Null: what came was refused.</summary>
    async ValueTask<byte[]?> ChallengeAsync(byte[] challenge)
    {
        Say("+ " + Convert.ToBase64String(challenge));
        if (await NextLineAsync(LongestSaslLine) is not { } line)
            throw new EndOfStreamException("the client closed the connection");
        Happened(ServerEventKind.Command, "****", _verb);
        if (!line.IsTooLong && !line.Octets.Span.SequenceEqual("*"u8))
            return SaslBase64.Decode(line.Octets.Span) ?? RefuseBase64();
        Refuse(line.IsTooLong ? "that response is too long" : "cancelled");
        return null;
    }

    /// <returns>Null.</returns>
    byte[]? RefuseBase64()
    {
        Refuse("that is not base64");
        return null;
    }

    /// <summary>The same answer whether the password is right or wrong (RFC 8314 §4.1).</summary>
    ValueTask RefusesPasswords()
    {
        Refuse("passwords are taken under TLS only, send STLS");
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §4: the lock is taken on success, and given back before any refusal.</summary>
    void SignIn(string user, Func<Pop3Account, bool> proves)
    {
        if (!_options.Accounts.TryGetValue(user, out var account) || !proves(account))
        {
            Refuse("that name and password do not go together", _options.AuthRespCode ? "AUTH" : null);
            return;
        }
        if (!_shared.LoginDelay.IsOver(user))
        {
            Refuse("signed in a moment ago, come back later", Code("LOGIN-DELAY"));
            return;
        }
        var exclusiveAccess = _fault.SharesMaildrop ? null : account.Maildrop.TryLock();
        if (exclusiveAccess is null && !_fault.SharesMaildrop)
        {
            Refuse("another session has the maildrop", Code("IN-USE"));
            return;
        }
        try
        {
            _maildrop = new OpenMaildrop(account.Maildrop, exclusiveAccess);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Refuse("the maildrop cannot be opened now", Code("SYS/TEMP"));
            return;
        }
        _shared.LoginDelay.SignedIn(user);
        _state = SessionStates.Transaction;
        Happened(ServerEventKind.SignedIn, user, _verb);
        Ok($"maildrop has {_maildrop.All.Count} messages");
    }

    string? Code(string code) => _options.RespCodes ? code : null;
}
