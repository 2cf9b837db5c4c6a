namespace MailIngest.Pop3;

/// <summary>How a connection is encrypted. There is no opportunistic mode.</summary>
public enum TlsMode
{
    /// <summary>TLS from the first octet, port 995 (RFC 8314 §3.3).</summary>
    Implicit,

    /// <summary>STLS before signing in, port 110 (RFC 2595 §4). Required: without it the session ends.</summary>
    Stls,

    /// <summary>No encryption.</summary>
    None,
}
