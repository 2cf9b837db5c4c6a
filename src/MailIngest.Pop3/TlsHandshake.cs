using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3;

/// <summary>One TLS handshake as a client, and the judgement on the server's certificate (RFC 8314 §3, RFC 7817).</summary>
sealed class TlsHandshake(Pop3Endpoint server, Pop3Tls trust)
{
    /// <summary>Nobody could or would say whether it is revoked.</summary>
    const X509ChainStatusFlags NoAnswer = X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;

    /// <summary>What a pinned certificate need not have: an authority that vouches for it.</summary>
    const X509ChainStatusFlags NoAuthority = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    static readonly TimeSpan RevocationPatience = TimeSpan.FromSeconds(15);

    readonly string _host = trust.HostOverride ?? server.Host;
    string? _flaw;

    /// <exception cref="Pop3TlsException">The handshake failed or the certificate is not the right one.</exception>
    public async Task<SslStream> RunAsync(Stream transport, CancellationToken stop)
    {
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                (_flaw = Flaw(certificate as X509Certificate2, chain, errors)) is null,
            CertificateChainPolicy = ChainPolicy(),
            ClientCertificateContext = trust.ClientCertificate is { } ours
                ? SslStreamCertificateContext.Create(ours, [.. trust.ClientChain], offline: true)
                : null,
            // A resumed session shows nothing again: nobody would know whether the server still takes the certificate, nor which one it took.
            AllowTlsResume = trust.ClientCertificate is null,
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, stop);
            return tls;
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException && !stop.IsCancellationRequested)
        {
            await tls.DisposeAsync();
            // A client certificate may have been shown: the library judges the server's after the handshake.
            var sent = trust.ClientCertificate is null ? "nothing was sent to it" : "no sign-in was sent to it";
            throw new Pop3TlsException(_flaw is null
                ? $"{server}: the TLS handshake failed: {Cause(failure)}"
                : $"{server}: {_flaw}; {sent}.", failure);
        }
    }

    X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            UrlRetrievalTimeout = RevocationPatience,
            RevocationMode = trust.Revocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            TrustMode = trust.TrustedRoots.Count > 0 ? X509ChainTrustMode.CustomRootTrust : X509ChainTrustMode.System,
        };
        policy.CustomTrustStore.AddRange(trust.TrustedRoots.ToArray());
        return policy;
    }

    string? Flaw(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null) return "the server showed no certificate";
        var fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);

        // The name that is connected to, against the subject alternative names only: never one that DNS says (RFC 2595 §2.4).
        // A wildcard for all of a top-level domain is nobody's (RFC 6125 §7.2).
        var mayBeWildcard = _host.TrimEnd('.').Count(character => character == '.') > 1;
        if (!certificate.MatchesHostname(_host, mayBeWildcard, allowCommonName: false))
            return $"the certificate is not for {HostileText.Escape(_host)} but for {Names(certificate)} (SHA-256 {fingerprint})";
        if (UnfitCertificate.Flaw(certificate, Authorities(chain!)) is { } unfit)
            return $"the certificate {unfit} (SHA-256 {fingerprint})";

        var pinned = trust.Fingerprints.Count > 0;
        var key = Pop3Tls.KeyPin + Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        if (pinned && !trust.Fingerprints.Any(pin => pin == key
            || pin.Replace(":", "").Equals(fingerprint, StringComparison.OrdinalIgnoreCase)))
            return $"the certificate's SHA-256 fingerprint {fingerprint} ({key}) is none of the expected ones";

        // Of an authority that nobody trusts nobody asks for revocations either: then a pin alone is not enough.
        var needsNoAuthority = pinned && !trust.Revocation;
        var statuses = chain!.ChainStatus.Where(status => (status.Status & ~(needsNoAuthority ? NoAuthority : 0)) != 0).ToList();
        if (statuses.Count > 0 || (!needsNoAuthority && errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)))
            return $"the certificate is not trusted: {Reasons(statuses)} (SHA-256 {fingerprint})";
        return null;
    }

    /// <summary>Those that vouch for the server's certificate, unless a pin does.</summary>
    X509Certificate2[] Authorities(X509Chain chain) =>
        trust.Fingerprints.Count > 0 && !trust.Revocation ? [] : [.. chain.ChainElements.Skip(1).Select(element => element.Certificate)];

    static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
        var list = string.Join(", ", names);
        return HostileText.Escape(list.Length > 0 ? list : $"{certificate.Subject} without any alternative name");
    }

    static string Reasons(List<X509ChainStatus> statuses) => HostileText.Escape(
        string.Join("; ", statuses.Select(Reason).Distinct().DefaultIfEmpty("its chain cannot be built")));

    static string Reason(X509ChainStatus status) => (status.Status & NoAnswer) != 0
        ? "no answer is to be had whether it is revoked"
        : status.StatusInformation.Trim().TrimEnd('.');

    /// <summary>What happened at the bottom of it, to be shown: above it TLS says "see inner exception", even of an alert that says why the
    /// server has ended the connection.</summary>
    public static string Cause(Exception failure) =>
        failure.InnerException is { } inner ? Cause(inner) : HostileText.Escape(failure.Message);
}
