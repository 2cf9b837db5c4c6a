using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>EXTERNAL: who we are is what our certificate said in the TLS handshake (RFC 4422 appendix A).</summary>
/// <param name="user">The identity to act as; empty: the one that the server derives from the certificate.</param>
sealed class SaslExternal(string user) : SaslExchange("EXTERNAL")
{
    public override byte[] First => Encoding.UTF8.GetBytes(user);

    public override IReadOnlyList<string> Secrets => [];

    public override byte[] Answer(byte[] challenge) => throw NothingLeft();
}
