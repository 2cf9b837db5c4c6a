using System.Text;

namespace MailIngest.Pop3;

/// <summary>SASL PLAIN: NUL user NUL password in UTF-8, no authorization identity (RFC 4616 §2).</summary>
static class SaslPlain
{
    public const string Command = "AUTH PLAIN";

    /// <summary>The message in base64, as it goes over the wire (RFC 5034 §4).</summary>
    public static string Encode(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));

    /// <summary>With the message as its initial response the whole command still fits in 255 octets, CRLF included (RFC 5034 §4).</summary>
    public static bool FitsInitialResponse(string message) => Command.Length + 1 + message.Length + 2 <= Pop3.Command.MaxOctets;
}
