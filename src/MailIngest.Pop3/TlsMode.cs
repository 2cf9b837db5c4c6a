namespace MailIngest.Pop3;

/// <summary>How a POP3 connection is protected (RFC 8314, RFC 2595).</summary>
public enum TlsMode
{
    /// <summary>TLS from the first octet, port 995 (RFC 8314 §3).</summary>
    Implicit,

    /// <summary>Plaintext until STLS, which is required: nobody signs in before it (RFC 2595 §4).</summary>
    Stls,

    /// <summary>No TLS at all: whoever listens reads the password and the mail.</summary>
    None,
}
