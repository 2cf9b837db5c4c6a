using System.Globalization;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>OAUTHBEARER (RFC 7628 §3.1).</summary>
sealed class SaslOAuthBearer(string user, string token, string host, int port) : SaslOAuth("OAUTHBEARER")
{
    /// <summary>The user goes into a GS2 header.</summary>
    public override byte[] First { get; } = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"n,a={SaslName.Escape(user)},\u0001host={host}\u0001port={port}\u0001auth=Bearer {token}\u0001\u0001"));

    /// <summary>A single ^A (RFC 7628 §3.2.3).</summary>
    protected override byte[] Acknowledgement => [1];
}
