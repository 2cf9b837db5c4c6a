using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Server;

/// <summary>What a server makes of the certificate that a client shows in the handshake, if it shows one (RFC 8314 §4.2).</summary>
/// <param name="authorities">Those that may end its chain.</param>
sealed class ClientCertificates(IReadOnlyList<X509Certificate2> authorities)
{
    const string CommonName = "2.5.4.3";

    /// <summary>Whose certificate was shown; null: none, or one that no authority vouches for.</summary>
    public string? Certified { get; private set; }

    /// <summary>Asks for one, where there is an authority to believe.</summary>
    public void Ask(SslServerAuthenticationOptions handshake)
    {
        if (authorities.Count == 0)
            return;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities.ToArray());
        handshake.ClientCertificateRequired = true;
        handshake.CertificateChainPolicy = policy;
#pragma warning disable CA5359 // it is the client's; without a good one a password may do
        handshake.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            Certified = errors == SslPolicyErrors.None && certificate is X509Certificate2 shown ? User(shown) : null;
            return true;
        };
#pragma warning restore CA5359
    }

    /// <summary>The e-mail address among the alternative names, else the common name.</summary>
    static string? User(X509Certificate2 certificate)
    {
        var address = certificate.GetNameInfo(X509NameType.EmailName, forIssuer: false);
        return address.Length > 0 ? address : certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == CommonName)
            .Select(name => name.GetSingleElementValue()).FirstOrDefault();
    }
}
