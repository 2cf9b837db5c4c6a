using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3;

/// <summary>
/// Which certificates are believed. TLS 1.2 at least; the host name and the chain are always checked (RFC 8314 §3, RFC 7817).
/// There is no switch that turns checking off. And the certificate that we show the server.
/// </summary>
public sealed record Pop3Tls
{
    /// <summary>What the fingerprint of a public key begins with.</summary>
    public const string KeyPin = "pin-sha256:";

    /// <summary>The certificates that may end a chain instead of the system's. Empty: the system's.</summary>
    public IReadOnlyList<X509Certificate2> TrustedRoots { get; init; } = [];

    /// <summary>
    /// SHA-256 fingerprints of certificates in hexadecimal, colons allowed, or of public keys: <see cref="KeyPin"/> and the base64 of the
    /// SHA-256 of the SubjectPublicKeyInfo (RFC 7469 §2.4), which outlives a renewal with the same key. When there are any, the server's
    /// certificate must have one of them, and that replaces the trust in an authority; name and validity are checked all the same.
    /// </summary>
    public IReadOnlyList<string> Fingerprints { get; init; } = [];

    /// <summary>The name that the certificate must carry, when it is not the host that is connected to.</summary>
    public string? HostOverride { get; init; }

    /// <summary>
    /// The authority is asked whether it has revoked the certificate, or one above it (CRL or OCSP, at most 15 s): a revoked one is
    /// refused, and so is one about which no answer is to be had. Beside <see cref="Fingerprints"/> an authority must be trusted then.
    /// Default false.
    /// </summary>
    public bool Revocation { get; init; }

    /// <summary>What is shown to a server that asks who we are, with its private key; null: nothing.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The certificates between <see cref="ClientCertificate"/> and its authority, which are shown with it.</summary>
    public IReadOnlyList<X509Certificate2> ClientChain { get; init; } = [];
}
