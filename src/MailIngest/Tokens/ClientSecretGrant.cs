using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>An application with a secret, on its own behalf (RFC 6749 §4.4).</summary>
sealed record ClientSecretGrant(TokenProvider Provider, Uri Endpoint, string ClientId, SecretSource Secret, string? Scope)
    : TokenGrant(Provider, Scope)
{
    internal override string Key => KeyOf("secret", Endpoint.AbsoluteUri, ClientId, Scope, Secret.Place);

    internal override string Way => $"asking {Endpoint.GetLeftPart(UriPartial.Path)} for a token of {ClientId} by its secret";

    internal override async Task<string> StandInAsync(CancellationToken stop) => (await Secret.ReadAsync(stop)).Reveal();

    internal override async Task<AccessToken> AskAsync(TokenErrand errand, CancellationToken stop)
    {
        var secret = (await Secret.ReadAsync(stop)).Reveal();
        var answer = await TokenEndpoint.AskAsync(
            errand, this, TokenEndpoint.Request(this, Endpoint, ClientId, secret, "client_credentials"), stop);
        return answer.Token;
    }
}
