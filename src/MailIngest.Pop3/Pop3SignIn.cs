namespace MailIngest.Pop3;

/// <summary>How the user proves who he is.</summary>
public enum SignInMechanism
{
    /// <summary>The strongest that the server announces for what the user has; with a password and nothing announced, USER and PASS. Never
    /// APOP or CRAM-MD5.</summary>
    Auto,

    /// <summary>USER and PASS (RFC 1939 §7).</summary>
    UserPass,

    /// <summary>AUTH PLAIN (RFC 5034, RFC 4616).</summary>
    Plain,

    /// <summary>APOP (RFC 1939 §7): MD5 over a shared secret. Only ever used when named.</summary>
    Apop,

    /// <summary>CRAM-MD5 (RFC 2195). Only ever used when named.</summary>
    CramMd5,

    /// <summary>SCRAM-SHA-1 (RFC 5802), with channel binding where the server offers it.</summary>
    ScramSha1,

    /// <summary>SCRAM-SHA-256 (RFC 7677), with channel binding where the server offers it.</summary>
    ScramSha256,

    /// <summary>OAUTHBEARER (RFC 7628): an OAuth 2.0 access token.</summary>
    OAuthBearer,

    /// <summary>XOAUTH2: the same as Google and Microsoft had it first.</summary>
    XOAuth2,

    /// <summary>EXTERNAL (RFC 4422 appendix A): the certificate that was shown in the TLS handshake.</summary>
    External,
}

/// <summary>What a user has to prove who he is.</summary>
enum SignInKind
{
    Password,
    Token,
    Certificate,
}

/// <summary>A user, and his password, his access token or (with a client certificate) nothing more. Nothing that can be printed holds the
/// secret.</summary>
public sealed class Pop3SignIn
{
    /// <summary>A user and his password.</summary>
    /// <exception cref="ArgumentException">
    /// The user or the password is empty or holds CR, LF or NUL, which no command can carry; or the mechanism takes no password.
    /// </exception>
    public Pop3SignIn(string user, string password, SignInMechanism mechanism = SignInMechanism.Auto)
        : this(user, password, mechanism, SignInKind.Password)
    {
    }

    Pop3SignIn(string user, string secret, SignInMechanism mechanism, SignInKind kind)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(secret);
        if (kind != SignInKind.Certificate)
        {
            ArgumentException.ThrowIfNullOrEmpty(user);
            ArgumentException.ThrowIfNullOrEmpty(secret);
        }
        if (user.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new ArgumentException("The user name holds a line break or NUL, which POP3 cannot carry.", nameof(user));
        var what = kind == SignInKind.Token ? "access token" : "password";
        if (secret.AsSpan().ContainsAny('\r', '\n', '\0') || (kind == SignInKind.Token && secret.Contains('\u0001')))
            throw new ArgumentException($"The {what} holds a line break, NUL or ^A, which POP3 cannot carry.", nameof(secret));
        if (mechanism != SignInMechanism.Auto && KindOf(mechanism) != kind)
            throw new ArgumentException($"{mechanism} does not sign in with what is given: {kind}.", nameof(mechanism));

        User = user;
        Secret = secret;
        Mechanism = mechanism;
        Kind = kind;
    }

    public string User { get; }

    public SignInMechanism Mechanism { get; }

    /// <summary>The password or the access token.</summary>
    internal string Secret { get; }

    internal SignInKind Kind { get; }

    /// <summary>A user and an OAuth 2.0 access token.</summary>
    /// <exception cref="ArgumentException">One is empty or cannot be carried, or the mechanism takes no token.</exception>
    public static Pop3SignIn WithToken(string user, string accessToken, SignInMechanism mechanism = SignInMechanism.Auto) =>
        new(user, accessToken, mechanism, SignInKind.Token);

    /// <summary>Who the client certificate says.</summary>
    /// <param name="user">Whom to act as; empty: whomever the server finds in the certificate.</param>
    public static Pop3SignIn WithCertificate(string user = "") => new(user, "", SignInMechanism.External, SignInKind.Certificate);

    /// <summary>The user and the mechanism; never the secret.</summary>
    public override string ToString() => $"{HostileText.Escape(User)} ({Mechanism})";

    static SignInKind KindOf(SignInMechanism mechanism) => mechanism switch
    {
        SignInMechanism.OAuthBearer or SignInMechanism.XOAuth2 => SignInKind.Token,
        SignInMechanism.External => SignInKind.Certificate,
        _ => SignInKind.Password,
    };
}
