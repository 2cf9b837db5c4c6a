using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3;

/// <summary>
/// Which certificates are believed. TLS 1.2 at least; the host name and the chain are always checked (RFC 8314 §3, RFC 7817).
/// There is no switch that turns checking off.
/// </summary>
public sealed record Pop3Tls
{
    /// <summary>The certificates that may end a chain instead of the system's. Empty: the system's.</summary>
    public IReadOnlyList<X509Certificate2> TrustedRoots { get; init; } = [];

    /// <summary>
    /// SHA-256 fingerprints in hexadecimal, colons allowed. When there are any, the server's certificate must have one of them,
    /// and that replaces the trust in an authority; name and validity are checked all the same.
    /// </summary>
    public IReadOnlyList<string> Fingerprints { get; init; } = [];

    /// <summary>The name that the certificate must carry, when it is not the host that is connected to.</summary>
    public string? HostOverride { get; init; }
}
