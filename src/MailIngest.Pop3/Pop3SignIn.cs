namespace MailIngest.Pop3;

/// <summary>How the user proves who he is.</summary>
public enum SignInMechanism
{
    /// <summary>SASL PLAIN when the server announces it, else USER and PASS. Never APOP.</summary>
    Auto,

    /// <summary>USER and PASS (RFC 1939 §7).</summary>
    UserPass,

    /// <summary>AUTH PLAIN (RFC 5034, RFC 4616).</summary>
    Plain,

    /// <summary>APOP (RFC 1939 §7): MD5 over a shared secret. Only ever used when named.</summary>
    Apop,
}

/// <summary>A user and his password. Nothing that can be printed holds the password.</summary>
public sealed class Pop3SignIn
{
    /// <exception cref="ArgumentException">
    /// The user or the password is empty or holds CR, LF or NUL, which no command can carry.
    /// </exception>
    public Pop3SignIn(string user, string password, SignInMechanism mechanism = SignInMechanism.Auto)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentException.ThrowIfNullOrEmpty(password);
        if (user.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new ArgumentException("The user name holds a line break or NUL, which POP3 cannot carry.", nameof(user));
        if (password.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new ArgumentException("The password holds a line break or NUL, which POP3 cannot carry.", nameof(password));

        User = user;
        Password = password;
        Mechanism = mechanism;
    }

    public string User { get; }

    public SignInMechanism Mechanism { get; }

    internal string Password { get; }

    /// <summary>The user and the mechanism; never the password.</summary>
    public override string ToString() => $"{HostileText.Escape(User)} ({Mechanism})";
}
