using System.Net;
using System.Net.Http.Headers;
using Duende.IdentityModel.Client;

namespace MailIngest.Tokens;

/// <summary>Asks a token endpoint (RFC 6749 §5) and understands its answer.</summary>
static class TokenEndpoint
{
    /// <summary>A request; ask with <see cref="AskAsync"/>.</summary>
    /// <param name="grant">Whose.</param>
    /// <param name="endpoint">Where.</param>
    /// <param name="clientId">Null where the grant says who asks.</param>
    /// <param name="secret">The client's; null: it has none.</param>
    /// <param name="kind">The grant_type.</param>
    /// <param name="more">Its parameters.</param>
    public static TokenRequest Request(
        TokenGrant grant, Uri endpoint, string? clientId, string? secret, string kind, params IEnumerable<(string Name, string Value)> more)
    {
        var request = new TokenRequest
        {
            Address = endpoint.AbsoluteUri,
            GrantType = kind,
            ClientId = clientId!,
            ClientSecret = secret,
            // Every server must take Basic (RFC 6749 §2.3.1); Microsoft and Google document the body.
            ClientCredentialStyle = grant.Provider == TokenProvider.Custom && secret is not null
                ? ClientCredentialStyle.AuthorizationHeader : ClientCredentialStyle.PostBody,
        };
        foreach (var (name, value) in more)
            request.Parameters.Add(name, value);
        if (grant.Scope is { } scope)
            request.Parameters.Add("scope", scope);
        return request;
    }

    /// <summary>Sends it. The refresh token is null unless there is one in the answer.</summary>
    /// <exception cref="TokenException">There is no token in the answer, or no answer.</exception>
    public static async Task<(AccessToken Token, string? RefreshToken)> AskAsync(
        TokenErrand errand, TokenGrant grant, TokenRequest request, CancellationToken stop)
    {
        using var sending = request;
        var asked = errand.Clock.GetTimestamp();
        using var answer = new Disposing(await errand.Http.RequestTokenAsync(sending, stop));
        var said = answer.Response;
        if (said.ErrorType == ResponseErrorType.Exception)
        {
            // Not before: an answer that is there may hold the only refresh token.
            stop.ThrowIfCancellationRequested();
            throw new TokenException(
                $"{grant.Way}: {Reason(said.Exception)}; check the network and the endpoint; the next poll tries again", said.Exception);
        }
        if (said.HttpStatusCode == HttpStatusCode.OK && said is { AccessToken: { Length: > 0 } token })
        {
            if (!string.Equals(said.TokenType ?? "Bearer", "Bearer", StringComparison.OrdinalIgnoreCase))
                throw new TokenException($"{grant.Way}: the token is no bearer token, and only such can sign in to POP3") { IsRefused = true };
            return (new(token, TimeSpan.FromSeconds(Math.Max(0, said.ExpiresIn)), asked),
                said.RefreshToken is { Length: > 0 } next ? next : null);
        }
        string[] secrets = [.. new[] { request.ClientSecret }.Concat(
            request.Parameters.Where(parameter => parameter.Key is "refresh_token" or "assertion").Select(parameter => parameter.Value))
            .OfType<string>().Where(secret => secret.Length > 0)
            .SelectMany(secret => (string[])[secret, Uri.EscapeDataString(secret), WebUtility.UrlEncode(secret)])];
        throw TokenRefusal.Of(grant, new(
            said.HttpStatusCode, Masked(said.TryGet("error"), secrets), Masked(said.TryGet("error_description"), secrets),
            After(said.HttpResponse?.Headers.RetryAfter, errand.Clock.GetUtcNow()), said.HttpResponse?.Headers.Date));
    }

    /// <summary>A server may repeat what it was told.</summary>
    static string? Masked(string? text, string[] secrets) =>
        secrets.Aggregate(text, (masked, secret) => masked?.Replace(secret, "***", StringComparison.Ordinal));

    static TimeSpan? After(RetryConditionHeaderValue? wish, DateTimeOffset now) => wish?.Delta ?? (wish?.Date - now);

    /// <summary>HttpClient's own words say little; what is behind them says more.</summary>
    static string Reason(Exception? failure) => failure?.GetBaseException().Message.TrimEnd('.') ?? "no answer";

    /// <summary>The library leaves the answer open.</summary>
    readonly record struct Disposing(TokenResponse Response) : IDisposable
    {
        public void Dispose() => Response.HttpResponse?.Dispose();
    }
}
