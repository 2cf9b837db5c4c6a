using System.Security.Cryptography;
using System.Text;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>CRAM-MD5 (RFC 2195 §2).</summary>
sealed class ServerCramMd5(Func<string, Pop3Account?> find) : ServerExchange
{
    /// <summary>A msg-id that is different each time.</summary>
    public override byte[] Opening { get; } =
        Encoding.ASCII.GetBytes($"<{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}@pop3.localhost>");

    public override byte[]? Next(byte[] response)
    {
        var text = Encoding.UTF8.GetString(response);
        if (text.LastIndexOf(' ') is not (> 0 and var space))
            return Malformed("that is not CRAM-MD5: user SP digest");
        User = text[..space];
        IsProven = find(User) is { Apop: false } account
            && Pop3Account.Same(SaslCramMd5.Digest(account.Password, Opening), text[(space + 1)..]);
        return null;
    }
}
