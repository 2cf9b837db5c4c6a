using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>PLAIN: NUL user NUL password in UTF-8, no authorization identity (RFC 4616 §2). Whoever reads it has the password.</summary>
sealed class SaslPlain(string user, string password) : SaslExchange("PLAIN")
{
    public override byte[] First { get; } = Message(user, password);

    public override byte[] Answer(byte[] challenge) => throw NothingLeft();

    /// <summary>The message in base64, as it goes over the wire.</summary>
    public static string Encode(string user, string password) => Convert.ToBase64String(Message(user, password));

    static byte[] Message(string user, string password) => Encoding.UTF8.GetBytes($"\0{user}\0{password}");
}
