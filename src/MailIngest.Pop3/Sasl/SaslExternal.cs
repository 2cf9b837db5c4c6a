using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>EXTERNAL (RFC 4422 appendix A): who we are, TLS has shown already; there is nothing secret to say.</summary>
/// <param name="user">Whom to act as; empty: whoever the server takes our certificate for.</param>
sealed class SaslExternal(string user) : SaslExchange("EXTERNAL")
{
    public override byte[] First { get; } = Encoding.UTF8.GetBytes(user);

    public override byte[] Answer(byte[] challenge) => throw NothingLeft();
}
