using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MailIngest.Tests.Tokens;

/// <summary>What one request to the token endpoint said.</summary>
sealed record TokenAsk(string Path, IReadOnlyDictionary<string, string> Form, string? Authorization)
{
    public string? this[string name] => Form.GetValueOrDefault(name);
}

/// <summary>
/// An authorization server of RFC 6749 on a loopback port. It gives token-1, token-2 and so on. Refresh tokens rotate when asked to, and one
/// that is used twice revokes them all (RFC 9700 §4.14.2).
/// </summary>
sealed class OAuthServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<TokenAsk> _asked = new();
    readonly HashSet<string> _spent = [];
    readonly Lock _gate = new();
    int _tokens;

    OAuthServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private set; } = null!;

    public IReadOnlyList<TokenAsk> Asked => [.. _asked];

    public string ClientSecret { get; set; } = "client-secret";

    /// <summary>The refresh token that is valid now.</summary>
    public string RefreshToken { get; set; } = "refresh-1";

    /// <summary>Each refresh token is good for one use.</summary>
    public bool Rotates { get; set; }

    /// <summary>A spent refresh token came back: somebody has lost count, and all are revoked.</summary>
    public bool ReuseSeen { get; private set; }

    /// <summary>In seconds; null: none is said.</summary>
    public int? ExpiresIn { get; set; } = 3600;

    /// <summary>Whom the tokens are for, and which of them are worth something: for a mail server that asks at <see cref="TokenInfo"/>.</summary>
    public string User { get; set; } = "sales@example.org";

    /// <summary>Tokens that were given and count no more.</summary>
    public ISet<string> Revoked { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Where a mail server asks what a token is worth; the token follows.</summary>
    public Uri TokenInfo => new(Endpoint, "/tokeninfo?access_token=");

    /// <summary>What a token looks like, by its number.</summary>
    public Func<int, string> Token { get; set; } = number => $"token-{number}";

    /// <summary>Answers in place of the server; null: it answers itself.</summary>
    public Func<TokenAsk, HttpContext, Task<bool>>? Instead { get; set; }

    public static async Task<OAuthServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new OAuthServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Endpoint = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/token");
        return server;
    }

    /// <summary>One refusal in the words of RFC 6749 §5.2; then as before.</summary>
    public void RefuseOnce(int status, string? error = null, string? description = null, string? retryAfter = null)
    {
        Instead = async (_, http) =>
        {
            Instead = null;
            if (retryAfter is not null)
                http.Response.Headers.RetryAfter = retryAfter;
            await RefuseAsync(http, status, error, description);
            return true;
        };
    }

    public static Task RefuseAsync(HttpContext http, int status, string? error, string? description = null)
    {
        http.Response.StatusCode = status;
        return error is null ? Task.CompletedTask
            : WriteAsync(http, new() { ["error"] = error, ["error_description"] = description ?? "no" });
    }

    async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path == "/tokeninfo")
        {
            var token = http.Request.Query["access_token"].ToString();
            var isGood = !Revoked.Contains(token) && Enumerable.Range(1, _tokens).Any(number => Token(number) == token);
            await (isGood ? WriteAsync(http, new() { ["user"] = User, ["active"] = "true" }) : RefuseAsync(http, 401, "invalid_token"));
            return;
        }
        if (http.Request.Path == "/common/discovery/instance")
        {
            http.Response.StatusCode = 404; // Azure.Identity knows the public cloud without it
            return;
        }
        using var reader = new StreamReader(http.Request.Body);
        var form = (await reader.ReadToEndAsync()).Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=').Select(part => Uri.UnescapeDataString(part.Replace('+', ' '))).ToArray())
            .ToDictionary(pair => pair[0], pair => pair[1]);
        var ask = new TokenAsk(http.Request.Path, form, http.Request.Headers.Authorization);
        _asked.Enqueue(ask);
        if (Instead is { } instead && await instead(ask, http))
            return;
        if (ask["grant_type"] == "refresh_token")
            await RefreshAsync(ask, http);
        else if (ask["grant_type"] == "client_credentials" && ask["client_assertion"] is null && Secret(ask) != ClientSecret)
            await RefuseAsync(http, 401, "invalid_client", $"AADSTS7000215: Invalid client secret {Secret(ask)}. Trace ID: 1\r\nCorrelation ID: 2");
        else
            await GrantAsync(ask, http, null);
    }

    /// <summary>In the body, or by Basic.</summary>
    static string? Secret(TokenAsk ask) => ask.Authorization is ['B', 'a', 's', 'i', 'c', ' ', .. var basic]
        ? Uri.UnescapeDataString(Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':')[1].Replace('+', ' '))
        : ask["client_secret"];

    Task RefreshAsync(TokenAsk ask, HttpContext http)
    {
        string? next = null;
        lock (_gate)
        {
            var given = ask["refresh_token"]!;
            ReuseSeen |= _spent.Contains(given);
            if (given != RefreshToken || ReuseSeen)
                return RefuseAsync(http, 400, "invalid_grant", $"the refresh token {given} is not known");
            if (Rotates)
            {
                _spent.Add(given);
                RefreshToken = next = $"refresh-{_spent.Count + 1}";
            }
        }
        return GrantAsync(ask, http, next);
    }

    Task GrantAsync(TokenAsk ask, HttpContext http, string? refresh)
    {
        var answer = new JsonObject { ["access_token"] = Token(Interlocked.Increment(ref _tokens)), ["token_type"] = "Bearer" };
        if (ExpiresIn is { } seconds)
        {
            answer["expires_in"] = seconds;
            if (ask["grant_type"] is null) // the identity of a machine; its client goes by this, and by the system's clock
                answer["expires_on"] = $"{TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds()}";
        }
        if (refresh is not null)
            answer["refresh_token"] = refresh;
        return WriteAsync(http, answer);
    }

    static Task WriteAsync(HttpContext http, JsonObject json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json.ToJsonString());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A JWT of these claims, as Entra ID gives them; nobody here checks its signature.</summary>
    public static string Jwt(JsonObject claims, int number) => string.Join('.', ((string[])[
        """{"alg":"RS256"}""", claims.ToJsonString(), number.ToString(CultureInfo.InvariantCulture)])
        .Select(part => Convert.ToBase64String(Encoding.UTF8.GetBytes(part)).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
}
