using System.Text;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>
/// OAUTHBEARER (RFC 7628) and XOAUTH2: an access token in place of a password. One that is not taken is answered with JSON, and refused
/// once the client has acknowledged that.
/// </summary>
/// <param name="find">The accounts.</param>
/// <param name="isBearer">OAUTHBEARER; else XOAUTH2.</param>
sealed class ServerOAuth(Func<string, Pop3Account?> find, bool isBearer) : ServerExchange
{
    const string Scope = "pop3";

    bool _refused;

    public override byte[]? Next(byte[] response)
    {
        if (_refused)
        {
            // RFC 7628 §3.2.3: a single ^A; Google's document: nothing at all.
            return response.AsSpan().SequenceEqual(isBearer ? [1] : []) ? null : Malformed("the error was not acknowledged");
        }
        if (Parse(Encoding.UTF8.GetString(response)) is not { } said)
            return Malformed(isBearer ? "that is not OAUTHBEARER (RFC 7628 §3.1)" : "that is not XOAUTH2");
        User = said.User;
        IsProven = find(User) is { Apop: false, AccessToken: { Length: > 0 } token } && Pop3Account.Same(token, said.Token);
        _refused = !IsProven;
        return IsProven ? null
            : isBearer ? Encoding.ASCII.GetBytes($$"""{"status":"invalid_token","scope":"{{Scope}}"}""")
            : Encoding.ASCII.GetBytes($$"""{"status":"400","schemes":"Bearer","scope":"{{Scope}}"}""");
    }

    (string User, string Token)? Parse(string message)
    {
        var parts = message.Split('\u0001');
        if (parts is not [var first, .., "", ""])
            return null;
        var user = isBearer
            ? first.Split(',') is ["n" or "y", ['a', '=', .. var name], ""] ? SaslName.Unescape(name) : null
            : first.StartsWith("user=", StringComparison.Ordinal) ? first["user=".Length..] : null;
        // Unknown keys are passed over (RFC 7628 §3.1).
        const string Key = "auth=Bearer ";
        return user is not null && parts.FirstOrDefault(part => part.StartsWith(Key, StringComparison.OrdinalIgnoreCase)) is { } bearer
            ? (user, bearer[Key.Length..]) : null;
    }
}
