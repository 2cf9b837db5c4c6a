namespace MailIngest.SystemTests.Servers;

/// <summary>What one Dovecot does otherwise than the next.</summary>
public sealed record DovecotOptions
{
    /// <summary>pop3_lock_session: a second session of the same user is refused with [IN-USE].</summary>
    public bool LockSession { get; init; }

    /// <summary>pop3_reuse_xuidl: the unique-id is whatever the sender wrote into X-UIDL.</summary>
    public bool ReuseXuidl { get; init; }

    /// <summary>The names in the server's certificate.</summary>
    public IReadOnlyList<string> CertificateNames { get; init; } = ["localhost", "127.0.0.1"];

    /// <summary>auth_mechanisms: what SASL and APOP are offered, by Dovecot's names.</summary>
    public string Mechanisms { get; init; } = "plain";

    /// <summary>ssl_ca: clients are asked for a certificate, and those of this authority sign in by EXTERNAL as their common name.</summary>
    public TestAuthority? ClientAuthority { get; init; }

    /// <summary>Who knows what an access token is worth: the token goes to this address's end, the answer holds user and active. Null: none
    /// is taken.</summary>
    public Uri? TokenInfo { get; init; }
}
