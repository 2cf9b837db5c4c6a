namespace MailIngest.Pop3;

/// <summary>How to prove who we are.</summary>
public enum SignInMechanism
{
    /// <summary>SASL PLAIN when the server announces it, else USER and PASS.</summary>
    Auto,

    /// <summary>USER and PASS (RFC 1939 §7).</summary>
    UserPass,

    /// <summary>SASL PLAIN (RFC 5034, RFC 4616).</summary>
    Plain,

    /// <summary>APOP (RFC 1939 §7); MD5 is broken, so only when asked for by name.</summary>
    Apop,
}
