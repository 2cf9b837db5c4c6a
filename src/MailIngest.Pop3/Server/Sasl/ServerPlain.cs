using System.Text;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>PLAIN (RFC 4616): <c>[authzid] NUL authcid NUL passwd</c> in UTF-8.</summary>
sealed class ServerPlain(Func<string, Pop3Account?> find) : ServerExchange
{
    static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public override byte[]? Next(byte[] response)
    {
        if (Parse(response) is not { } said)
            return Malformed("that is not PLAIN: [authzid] NUL authcid NUL passwd");
        User = said.Authentication;
        IsProven = find(User) is { Apop: false } account
            && (said.Authorization.Length == 0 || said.Authorization == said.Authentication)
            && account.HasPassword(said.Password);
        return null;
    }

    static (string Authorization, string Authentication, string Password)? Parse(byte[] message)
    {
        try
        {
            return StrictUtf8.GetString(message).Split('\0') is
                [var authorization, { Length: > 0 } authentication, { Length: > 0 } password]
                ? (authorization, authentication, password)
                : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
