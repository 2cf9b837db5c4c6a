using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>Who vouches for a certificate, for what, until when, and how well: RFC 5280 §6, RFC 8446 §4.4.2.</summary>
public class CertificateMatrix
{
    static readonly Lazy<RSA> Rsa = new(() => RSA.Create(2048));

    static readonly Lazy<Authority> RsaRoot = new(() => Authority.SelfSigned("the RSA root", new()
    {
        Key = Rsa.Value,
        Extensions = IsAuthority(),
    }));

    static readonly End Untrusted = End.Of<Pop3TlsException>("the certificate is not trusted: ");

    static readonly End OtherPin = End.Of<Pop3TlsException>("is none of the expected ones");

    static readonly End Stranger = End.Of<Pop3TlsException>("the certificate is not for pop.example.com but for imap.example.com");

    internal static readonly Peril[] Perils =
    [
        // Until when.
        Shown("the certificate is good", End.SignedIn, () => [Authority.Root.Issue(new())]),
        Shown("the certificate has expired", Untrusted, () => [Authority.Root.Issue(new() { Until = 2002 })]),
        Shown("the certificate is not valid yet", Untrusted, () => [Authority.Root.Issue(new() { From = 2099 })]),
        Shown("the certificate ends before it begins", Untrusted, () => [Authority.Root.Issue(new() { From = 2098, Until = 2099 })]),
        Below("the authority between has expired", Untrusted, new() { Until = 2002, Extensions = IsAuthority() }),
        Below("the authority between is not valid yet", Untrusted, new() { From = 2099, Extensions = IsAuthority() }),
        Rooted("the root has expired", Untrusted, Authority.SelfSigned("an old root", new() { Until = 2002, Extensions = IsAuthority() })),

        // Who vouches.
        Below("the authority between is there", End.SignedIn, new() { Extensions = IsAuthority() }),
        Shown("no authority vouches, it is self-signed", Untrusted, () => [Authority.SelfIssue(new())]),
        Shown("it is self-signed under the name of the root", Untrusted, () => [Authority.SelfIssue(new() { Subject = "the root" })]),
        Shown("the authority is not known", Untrusted, () => Chain(Authority.SelfSigned("a stranger"))),
        Shown("the authority has the name of the root and another key", Untrusted, () => Chain(Authority.SelfSigned("the root"))),
        Shown("the authority between is missing", Untrusted, () => Chain(Authority.Root.Below("a middle"))[..1]),
        Shown("the authority between is of another root", Untrusted, () => Chain(Authority.SelfSigned("a stranger").Below("a middle"))),
        Below("the authority between is none", Untrusted,
            new() { Extensions = [new X509BasicConstraintsExtension(false, false, 0, true)] }),
        Below("the authority between does not say that it is one", Untrusted, new()),
        Below("the authority between may not sign certificates", Untrusted, new()
        {
            Extensions =
            [
                new X509BasicConstraintsExtension(true, false, 0, true),
                new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true),
            ],
        }),
        Shown("a certificate for the same name vouches for it", Untrusted,
            () => Chain(Authority.Root.Below(Peril.Host, new() { Extensions = [Serves("1.3.6.1.5.5.7.3.1")] }))),
        Shown("there is one authority between too many", Untrusted, () =>
        {
            var first = Authority.Root.Below("a first", new() { Extensions = IsAuthority(0) });
            var second = first.Below("a second");
            return [.. Chain(second), first.Certificate];
        }),
        Below("the authority between may vouch for other names only", Untrusted,
            new() { Extensions = [.. IsAuthority(), OnlyFor("example.org")] }),
        Below("the authority between may vouch for such names only", End.SignedIn,
            new() { Extensions = [.. IsAuthority(), OnlyFor("example.com")] }),
        Shown("the signature is another's", Untrusted, () =>
        {
            using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return [Authority.Root.Issue(new() { SignedBy = X509SignatureGenerator.CreateForECDsa(stranger) })];
        }),
        Shown("the system's authorities are asked", Untrusted, () => [Authority.Root.Issue(new())]) with { Believes = _ => new() },

        // For what.
        Shown("it is for a server", End.SignedIn, () => [Authority.Root.Issue(new() { Extensions = [Serves("1.3.6.1.5.5.7.3.1")] })]),
        Shown("it is for everything, and not for a server in particular", Untrusted,
            () => [Authority.Root.Issue(new() { Extensions = [Serves("2.5.29.37.0")] })]),
        Shown("it is for a client", Untrusted, () => [Authority.Root.Issue(new() { Extensions = [Serves("1.3.6.1.5.5.7.3.2")] })]),
        Shown("it is for mail to be signed", Untrusted, () => [Authority.Root.Issue(new() { Extensions = [Serves("1.3.6.1.5.5.7.3.4")] })]),
        Shown("it is for programs to be signed", Untrusted,
            () => [Authority.Root.Issue(new() { Extensions = [Serves("1.3.6.1.5.5.7.3.3")] })]),
        Below("the authority between may vouch for clients only", Untrusted,
            new() { Extensions = [.. IsAuthority(), Serves("1.3.6.1.5.5.7.3.2")] }),
        Shown("its key may sign a handshake", End.SignedIn, () => [Authority.Root.Issue(May(X509KeyUsageFlags.DigitalSignature))]),
        Shown("its key may sign certificates only", Unfit("may not be used for TLS: its key usage is CrlSign, KeyCertSign"),
            () => [Authority.Root.Issue(May(Authority.SignsCertificates) with { Key = RSA.Create(2048) })]),
        Shown("its key may sign contracts only", Unfit("may not be used for TLS: its key usage is NonRepudiation"),
            () => [Authority.Root.Issue(May(X509KeyUsageFlags.NonRepudiation) with { Key = RSA.Create(2048) })]),
        Shown("its key, on a curve, may sign certificates only", End.Of<Pop3TlsException>("the "),
            () => [Authority.Root.Issue(May(Authority.SignsCertificates))]),
        Shown("it says something critical that nobody understands", Untrusted,
            () => [Authority.Root.Issue(new() { Extensions = [new X509Extension("1.3.6.1.4.1.99999.1", [5, 0], true)] })]),

        // How well.
        Weak("it is signed with MD5", Unfit("signed with MD5"), () => new() { SignedBy = OutdatedSignature.Md5(Rsa.Value) }),
        Weak("it is signed with SHA-1", Unfit("signed with SHA-1"), () => new() { SignedBy = OutdatedSignature.Sha1(Rsa.Value) }),
        Weak("it is signed with RSASSA-PSS and SHA-1", Unfit("signed with SHA-1"),
            () => new() { SignedBy = OutdatedSignature.PssSha1(Rsa.Value) }),
        Weak("it is signed with RSASSA-PSS and SHA-256", End.SignedIn,
            () => new() { SignedBy = X509SignatureGenerator.CreateForRSA(Rsa.Value, RSASignaturePadding.Pss) }),
        Weak("its key is RSA of 2048 bits", End.SignedIn, () => new() { Key = RSA.Create(2048) }),
        Weak("its key is RSA of 1024 bits", Unfit("RSA key of 1024 bits"), () => new() { Key = RSA.Create(1024) }),
        Weak("its key is RSA of 2040 bits", Unfit("RSA key of 2040 bits"), () => new() { Key = RSA.Create(2040) }),
        Weak("its key is on the curve P-521", End.SignedIn, () => new() { Key = ECDsa.Create(ECCurve.NamedCurves.nistP521) }),
        Shown("it is signed with ECDSA and SHA-1", Unfit("signed with SHA-1"), () =>
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return [Authority.SelfIssue(new() { Key = key, SignedBy = OutdatedSignature.EcSha1(key) })];
        }) with { Believes = leaf => new() { TrustedRoots = [leaf] } },
        Shown("the authority between is signed with SHA-1", Unfit("signed with SHA-1"), () => Chain(RsaRoot.Value.Below("a middle", new()
        {
            SignedBy = OutdatedSignature.Sha1(Rsa.Value),
            Extensions = IsAuthority(),
        }))) with { Believes = BelievesRsa },
        Shown("the authority between has an RSA key of 1024 bits", Unfit("RSA key of 1024 bits"),
            () => Chain(RsaRoot.Value.Below("a middle", new() { Key = RSA.Create(1024), Extensions = IsAuthority() })))
            with { Believes = BelievesRsa },
        Shown("the authority between has a key of 192 bits on a curve", Unfit("elliptic-curve key of 192 bits"), () => Chain(
            Authority.Root.Below("a middle", new()
            {
                Key = ECDsa.Create(ECCurve.CreateFromFriendlyName("nistP192")),
                Extensions = IsAuthority(),
            }))),
        Rooted("the root has signed itself with SHA-1, which proves nothing anyway", End.SignedIn, Authority.SelfSigned("an old root", new()
        {
            Key = Rsa.Value,
            SignedBy = OutdatedSignature.Sha1(Rsa.Value),
            Extensions = IsAuthority(),
        })),

        // Pinned: no authority is needed, everything else is.
        Pinned("it is pinned and self-signed", End.SignedIn, new()),
        Pinned("it is pinned and has expired", Untrusted, new() { Until = 2002 }),
        Pinned("it is pinned and not valid yet", Untrusted, new() { From = 2099 }),
        Pinned("it is pinned and for another name", Stranger, new() { Names = ["imap.example.com"] }),
        Pinned("it is pinned and for a client", Untrusted, new() { Extensions = [Serves("1.3.6.1.5.5.7.3.2")] }),
        Shown("it is pinned and has an RSA key of 1024 bits", Unfit("RSA key of 1024 bits"),
            () => [Authority.SelfIssue(new() { Key = RSA.Create(1024) })]) with { Believes = Pins },
        Shown("it is pinned and signed with MD5", Unfit("signed with MD5"),
            () => [Authority.SelfIssue(new() { Key = Rsa.Value, SignedBy = OutdatedSignature.Md5(Rsa.Value) })]) with { Believes = Pins },
        Shown("it is good and not the one that is pinned", OtherPin, () => [Authority.Root.Issue(new())])
            with { Believes = _ => new() { TrustedRoots = [Authority.Root.Certificate], Fingerprints = [new string('a', 64)] } },
        Shown("its fingerprint is the beginning of a pin", OtherPin, () => [Authority.SelfIssue(new())])
            with { Believes = leaf => new() { Fingerprints = [Fingerprint(leaf) + "00"] } },
        Shown("its fingerprint by SHA-1 is pinned", OtherPin, () => [Authority.SelfIssue(new())])
            with { Believes = leaf => new() { Fingerprints = [leaf.Thumbprint] } },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);

    static End Unfit(string words) => End.Of<Pop3TlsException>(words);

    static Peril Shown(string sentence, End end, Func<X509Certificate2[]> shows) =>
        new(sentence, end, new()) { Mode = TlsMode.Implicit, Shows = shows };

    /// <summary>The root vouches for an authority, and that for the certificate.</summary>
    static Peril Below(string sentence, End end, Wanted between) =>
        Shown(sentence, end, () => Chain(Authority.Root.Below("a middle", between)));

    static Peril Rooted(string sentence, End end, Authority root) =>
        Shown(sentence, end, () => [root.Issue(new())]) with { Believes = _ => new() { TrustedRoots = [root.Certificate] } };

    static Peril Weak(string sentence, End end, Func<Wanted> wanted) =>
        Shown(sentence, end, () => [RsaRoot.Value.Issue(wanted())]) with { Believes = BelievesRsa };

    static Peril Pinned(string sentence, End end, Wanted wanted) =>
        Shown(sentence, end, () => [Authority.SelfIssue(wanted)]) with { Believes = Pins };

    static Pop3Tls BelievesRsa(X509Certificate2 _) => new() { TrustedRoots = [RsaRoot.Value.Certificate] };

    static Pop3Tls Pins(X509Certificate2 leaf) => new() { Fingerprints = [Fingerprint(leaf)] };

    static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    static X509Certificate2[] Chain(Authority authority) => [authority.Issue(new()), authority.Certificate];

    static X509Extension[] IsAuthority(int? below = null) =>
    [
        new X509BasicConstraintsExtension(true, below is not null, below ?? 0, true),
        new X509KeyUsageExtension(Authority.SignsCertificates, true),
    ];

    static X509EnhancedKeyUsageExtension Serves(string purpose) => new([new Oid(purpose)], false);

    static Wanted May(X509KeyUsageFlags usage) => new() { Extensions = [new X509KeyUsageExtension(usage, true)] };

    /// <summary>Name constraints (RFC 5280 §4.2.1.10) of one permitted subtree.</summary>
    static X509Extension OnlyFor(string domain)
    {
        byte[] name = [0x82, (byte)domain.Length, .. System.Text.Encoding.ASCII.GetBytes(domain)];
        byte[] subtree = [0x30, (byte)name.Length, .. name];
        byte[] permitted = [0xa0, (byte)subtree.Length, .. subtree];
        return new X509Extension("2.5.29.30", [0x30, (byte)permitted.Length, .. permitted], true);
    }
}
