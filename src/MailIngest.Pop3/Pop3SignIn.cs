namespace MailIngest.Pop3;

/// <summary>A user, and what proves him: password, OAuth 2.0 access token or certificate. Nothing that can be printed holds the secret.
/// </summary>
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
        if (kind != SignInKind.Certificate)
        {
            ArgumentException.ThrowIfNullOrEmpty(user);
            ArgumentException.ThrowIfNullOrEmpty(secret);
        }
        var isToken = kind == SignInKind.Token;
        if (user.AsSpan().ContainsAny('\r', '\n', '\0') || (isToken && user.Contains('\u0001')))
            throw new ArgumentException("The user name holds a line break, NUL or ^A, which POP3 cannot carry.", nameof(user));
        if (secret.AsSpan().ContainsAny('\r', '\n', '\0') || (isToken && secret.Contains('\u0001')))
            throw new ArgumentException(
                $"The {(isToken ? "access token" : "password")} holds a line break, NUL or ^A, which POP3 cannot carry.", nameof(secret));
        if (mechanism != SignInMechanism.Auto && kind != KindOf(mechanism))
            throw new ArgumentException($"{mechanism} takes {(isToken ? "no access token" : "no password")}.", nameof(mechanism));

        User = user;
        Secret = secret;
        Mechanism = mechanism;
        Kind = kind;
    }

    public string User { get; }

    public SignInMechanism Mechanism { get; }

    /// <summary>The password or the access token; empty with a certificate, whose key stays with TLS.</summary>
    internal string Secret { get; }

    internal SignInKind Kind { get; }

    /// <summary>A user and an OAuth 2.0 access token.</summary>
    /// <exception cref="ArgumentException">One is empty or cannot be carried, or the mechanism takes no token.</exception>
    public static Pop3SignIn WithToken(string user, string accessToken, SignInMechanism mechanism = SignInMechanism.Auto) =>
        new(user, accessToken, mechanism, SignInKind.Token);

    /// <summary>
    /// Whoever the client certificate is of (<see cref="Pop3Tls.ClientCertificate"/>), by EXTERNAL.
    /// </summary>
    /// <param name="user">Whose maildrop it shall be: the server refuses when the certificate is not good for him. Empty: whoever the
    /// server takes the certificate for.</param>
    /// <exception cref="ArgumentException">The user cannot be carried.</exception>
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
