using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>XOAUTH2: what Google and Microsoft had before there was a standard (developers.google.com, "The SASL XOAUTH2
/// Mechanism").</summary>
sealed class SaslXOAuth2(string user, string token) : SaslOAuth("XOAUTH2")
{
    public override byte[] First { get; } = Encoding.UTF8.GetBytes($"user={user}\u0001auth=Bearer {token}\u0001\u0001");

    protected override byte[] Acknowledgement => [];
}
