using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>One user of the server: a password and the maildrop behind it.</summary>
/// <param name="Password">The shared secret, compared octet by octet as UTF-8.</param>
/// <param name="Maildrop">What the user finds after signing in.</param>
/// <param name="Apop">The user signs in with APOP and nothing else; otherwise never with APOP (RFC 1939 §13: not both).</param>
public sealed record Pop3Account(string Password, Maildrop Maildrop, bool Apop = false)
{
    /// <summary>The OAuth 2.0 access token that OAUTHBEARER and XOAUTH2 take; null: none.</summary>
    public string? AccessToken { get; init; }

    /// <summary>Never shows the password or the token.</summary>
    public override string ToString() => $"Pop3Account {{ Messages = {Maildrop.Count}, Apop = {Apop} }}";

    internal bool HasPassword(string given) => Same(Password, given);

    /// <summary>Takes as long whether they are alike or not.</summary>
    internal static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
