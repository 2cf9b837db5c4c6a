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

    /// <summary>SCRAM-SHA-1 (RFC 5802) without channel binding.</summary>
    ScramSha1,

    /// <summary>SCRAM-SHA-256 (RFC 7677) without channel binding.</summary>
    ScramSha256,

    /// <summary>OAUTHBEARER (RFC 7628): an OAuth 2.0 access token.</summary>
    OAuthBearer,

    /// <summary>XOAUTH2: the same as Google and Microsoft had it first.</summary>
    XOAuth2,

    /// <summary>EXTERNAL (RFC 4422 appendix A): the client certificate of the TLS connection. Only ever used when named.</summary>
    External,
}
