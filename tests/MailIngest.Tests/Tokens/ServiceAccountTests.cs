using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Tokens;

/// <summary>A service account of Google: the assertion is what RFC 7523 asks for, and a wrong clock here does no harm.</summary>
public sealed class ServiceAccountTests : IAsyncLifetime
{
    static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    readonly RSA _key = RSA.Create(2048);
    readonly FakeTimeProvider _clock = new(Now);
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-tokens-").FullName;
    OAuthServer _server = null!;
    TokenSources _tokens = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await OAuthServer.StartAsync();
        _tokens = new(_clock);
        await WriteAsync(new JsonObject
        {
            ["type"] = "service_account", ["client_email"] = "mail@project.example", ["private_key_id"] = "key-1",
            ["private_key"] = _key.ExportPkcs8PrivateKeyPem(),
        }.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await _tokens.DisposeAsync();
        await _server.DisposeAsync();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_assertion_is_signed_and_says_who_asks_for_whom_and_for_ten_minutes()
    {
        Assert.Equal("token-1", await TakeAsync());
        var asked = Assert.Single(_server.Asked);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", asked["grant_type"]);
        Assert.Equal(["assertion", "grant_type"], asked.Form.Keys.Order());
        var (head, claims) = Verified(asked["assertion"]!);
        Assert.Equal(("RS256", "key-1"), ((string)head["alg"]!, (string)head["kid"]!));
        Assert.Equal(
            ("mail@project.example", "sales@example.org", "https://mail.google.com/", _server.Endpoint.AbsoluteUri),
            ((string)claims["iss"]!, (string)claims["sub"]!, (string)claims["scope"]!, (string)claims["aud"]!));
        Assert.Equal((Now.ToUnixTimeSeconds(), 600), ((long)claims["iat"]!, (long)claims["exp"]! - (long)claims["iat"]!));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(7200)]
    public async Task Where_our_clock_is_wrong_the_server_s_is_taken(int seconds)
    {
        var theirs = Now.AddSeconds(seconds);
        _server.Instead = async (ask, http) =>
        {
            http.Response.Headers.Date = theirs.ToString("R", CultureInfo.InvariantCulture);
            if (Math.Abs((long)Verified(ask["assertion"]!).Claims["iat"]! - theirs.ToUnixTimeSeconds()) < 60)
                return false;
            await OAuthServer.RefuseAsync(http, 400, "invalid_grant", "Invalid JWT: Token must be a short-lived token");
            return true;
        };
        Assert.Equal("token-1", await TakeAsync());
        Assert.Equal(2, _server.Asked.Count);
    }

    [Theory]
    [InlineData("unauthorized_client", "delegate the scope https://mail.google.com/ to the service account's client ID")]
    [InlineData("invalid_grant", "check that sales@example.org is a user of the Workspace")]
    public async Task A_refusal_names_the_step(string error, string step)
    {
        _server.Instead = async (_, http) =>
        {
            http.Response.Headers.Date = Now.ToString("R", CultureInfo.InvariantCulture);
            await OAuthServer.RefuseAsync(http, 400, error);
            return true;
        };
        var refused = await Assert.ThrowsAsync<TokenException>(TakeAsync);
        Assert.True(refused.IsRefused);
        Assert.Contains(step, refused.Message, StringComparison.Ordinal);
        Assert.Single(_server.Asked);
    }

    [Theory]
    [InlineData("", "it is no JSON")]
    [InlineData("[]", "type, client_email or private_key is missing in it")]
    [InlineData("{\"type\":\"authorized_user\"}", "type, client_email or private_key is missing in it")]
    [InlineData("{\"type\":\"service_account\",\"client_email\":\"a\",\"private_key\":\"secret-but-no-pem\"}", "private_key is no RSA key in PEM form")]
    public async Task A_file_that_is_no_key_is_said_without_its_content(string text, string what)
    {
        await WriteAsync(text);
        var failure = await Assert.ThrowsAsync<SecretException>(TakeAsync);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-but", failure.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    async Task<string> TakeAsync() => (await _tokens.TakeAsync(
        new ServiceAccountGrant(_server.Endpoint, new(new("mailbox sales", "oauthServiceAccountFile", "sales.json"), KeyFile),
            "sales@example.org", "https://mail.google.com/"), null, Stop)).Reveal();

    string KeyFile => Path.Combine(_folder, "account.json");

    Task WriteAsync(string text) => File.WriteAllTextAsync(KeyFile, text, Stop);

    (JsonNode Head, JsonNode Claims) Verified(string assertion)
    {
        var parts = assertion.Split('.');
        Assert.True(_key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return (JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!, JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!);
    }
}
