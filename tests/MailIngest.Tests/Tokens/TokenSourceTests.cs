using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Tokens;

/// <summary>When a token is asked for, and how often: against a server on loopback, in fake time.</summary>
public sealed class TokenSourceTests : IAsyncLifetime
{
    readonly FakeTimeProvider _clock = new(new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    OAuthServer _server = null!;
    TokenSources _tokens = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await OAuthServer.StartAsync();
        _tokens = new(_clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _tokens.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(3600, 3300)]
    [InlineData(86400, 86100)]
    [InlineData(60, 30)] // half of a life that is shorter than the five minutes
    public async Task A_token_is_kept_until_five_minutes_before_it_expires(int expiresIn, int renewedAfter)
    {
        _server.ExpiresIn = expiresIn;
        Assert.Equal("token-1", await TakeAsync());
        _clock.Advance(TimeSpan.FromSeconds(renewedAfter - 1));
        Assert.Equal("token-1", await TakeAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("token-2", await TakeAsync());
        Assert.Equal(2, _server.Asked.Count);
    }

    [Fact]
    public async Task A_token_of_unknown_life_is_asked_for_each_time()
    {
        _server.ExpiresIn = null;
        Assert.Equal("token-1", await TakeAsync());
        Assert.Equal("token-2", await TakeAsync());
    }

    [Fact]
    public async Task Fifty_mailboxes_at_once_send_one_request()
    {
        var go = new TaskCompletionSource();
        _server.Instead = async (_, _) =>
        {
            await go.Task;
            return false;
        };
        var waiting = Enumerable.Range(0, 50).Select(_ => TakeAsync()).ToList();
        go.SetResult();
        Assert.All(await Task.WhenAll(waiting), token => Assert.Equal("token-1", token));
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task Another_secret_is_another_credential()
    {
        await TakeAsync();
        await Assert.ThrowsAsync<TokenException>(() => _tokens.TakeAsync(Grant(secret: "wrong", file: "other.json"), null, Stop));
        Assert.Equal(2, _server.Asked.Count);
    }

    [Fact]
    public async Task A_refused_token_is_replaced_once_for_all_who_had_it()
    {
        var first = await _tokens.TakeAsync(Grant(), null, Stop);
        var second = await _tokens.TakeAsync(Grant(), first, Stop);
        Assert.Equal("token-2", second.Reveal());
        Assert.Same(second, await _tokens.TakeAsync(Grant(), first, Stop));
        Assert.Equal(2, _server.Asked.Count);
    }

    [Theory]
    [InlineData(429, "90", 90)]
    [InlineData(429, null, 30)]
    [InlineData(503, "Mon, 01 Jun 2026 12:02:00 GMT", 120)]
    [InlineData(429, "999999", 3600)] // an hour at most
    [InlineData(429, "1", 30)] // and half a minute at least
    public async Task A_provider_that_wants_to_be_left_alone_is(int status, string? retryAfter, int seconds)
    {
        _server.RefuseOnce(status, "temporarily_unavailable", retryAfter: retryAfter);
        Assert.False((await Assert.ThrowsAsync<TokenException>(TakeAsync)).IsRefused);
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        await Assert.ThrowsAsync<TokenException>(TakeAsync);
        Assert.Single(_server.Asked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("token-1", await TakeAsync());
    }

    [Fact]
    public async Task A_wrong_secret_is_said_with_the_step_to_take_and_never_shown()
    {
        var refused = await Assert.ThrowsAsync<TokenException>(() => _tokens.TakeAsync(Grant(secret: "my own + secret/="), null, Stop));
        Assert.True(refused.IsRefused);
        Assert.Equal(
            $"asking {_server.Endpoint} for a token of the-client by its secret: the endpoint answered invalid_client: AADSTS7000215: Invalid client "
                + "secret ***; copy the Value of the client secret, not its Secret ID, into oauthClientSecret (or its file)", refused.Message);
    }

    [Theory]
    [InlineData(TokenProvider.Custom, true)]
    [InlineData(TokenProvider.Microsoft, false)]
    public async Task The_secret_goes_where_the_provider_wants_it(TokenProvider provider, bool basic)
    {
        _server.ClientSecret = "s:e +c/r=é";
        Assert.Equal("token-1", (await _tokens.TakeAsync(Grant(provider, _server.ClientSecret), null, Stop)).Reveal());
        var asked = Assert.Single(_server.Asked);
        Assert.Equal(basic, asked.Authorization is not null);
        Assert.Equal(basic ? null : _server.ClientSecret, asked["client_secret"]);
        Assert.Equal(("client_credentials", "the-scope"), (asked["grant_type"], asked["scope"]));
    }

    [Fact]
    public async Task A_redirection_is_not_followed_with_the_secret()
    {
        _server.Instead = (ask, http) =>
        {
            http.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.FromResult(ask.Path == "/token");
        };
        var refused = await Assert.ThrowsAsync<TokenException>(TakeAsync);
        Assert.Contains("HTTP 307", refused.Message, StringComparison.Ordinal);
        Assert.Single(_server.Asked);
    }

    [Theory]
    [InlineData("{\"access_token\":\"x\",\"token_type\":\"mac\",\"expires_in\":60}", true)]
    [InlineData("{\"token_type\":\"Bearer\",\"expires_in\":60}", false)]
    [InlineData("{\"error\":\"invalid_client\"}", true)]
    [InlineData("<html>Sign in to the hotel's network</html>", false)]
    public async Task An_answer_without_a_bearer_token_is_none(string body, bool refused)
    {
        _server.Instead = async (_, http) =>
        {
            await http.Response.WriteAsync(body, Stop);
            return true;
        };
        Assert.Equal(refused, (await Assert.ThrowsAsync<TokenException>(TakeAsync)).IsRefused);
    }

    [Fact]
    public async Task An_endless_answer_ends()
    {
        _server.Instead = async (_, http) =>
        {
            var junk = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(junk, Stop);
            return true;
        };
        Assert.False((await Assert.ThrowsAsync<TokenException>(TakeAsync)).IsRefused);
    }

    [Fact]
    public async Task A_silent_endpoint_is_given_up_after_half_a_minute()
    {
        var heard = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        _server.Instead = async (_, _) =>
        {
            heard.SetResult();
            await never.Task;
            return true;
        };
        var taking = TakeAsync();
        await heard.Task;
        _clock.Advance(TokenSource.Patience);
        var late = await Assert.ThrowsAsync<TokenException>(() => taking);
        Assert.Contains("no answer within 30 seconds", late.Message, StringComparison.Ordinal);
        Assert.False(late.IsRefused);
        never.SetResult();
    }

    [Fact]
    public async Task Nobody_there_is_no_refusal()
    {
        await _server.DisposeAsync();
        Assert.False((await Assert.ThrowsAsync<TokenException>(TakeAsync)).IsRefused);
    }

    [Fact]
    public async Task A_token_cannot_be_printed() =>
        Assert.Equal("***", $"{await _tokens.TakeAsync(Grant(), null, Stop)}");

    async Task<string> TakeAsync() => (await _tokens.TakeAsync(Grant(), null, Stop)).Reveal();

    ClientSecretGrant Grant(
        TokenProvider provider = TokenProvider.Custom, string secret = "client-secret", string file = "sales.json") => new(
            provider, _server.Endpoint, "the-client", new InlineSecret(new("mailbox sales", "oauthClientSecret", file), new(secret)), "the-scope");
}
