using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Tokens;

/// <summary>
/// What Azure.Identity asks Entra ID: every request is led to a server on loopback. It looks for a machine's identity past that way, so that
/// the system tests have it, where the environment says where to ask.
/// </summary>
public sealed class EntraTests : IAsyncLifetime
{
    const string Scope = "https://outlook.office365.com/.default";

    readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow()); // the library goes by the system's
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-tokens-").FullName;
    OAuthServer _server = null!;
    TokenSources _tokens = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await OAuthServer.StartAsync();
        _tokens = new(_clock, () => new ToLoopback(_server.Endpoint));
    }

    public async ValueTask DisposeAsync()
    {
        await _tokens.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_signs_the_request_and_a_refused_token_is_not_given_again(bool pem)
    {
        var grant = Certificate(pem ? Pem() : Pfx());
        var first = await _tokens.TakeAsync(grant, null, Stop);
        Assert.Equal("token-1", first.Reveal());
        Assert.InRange(first.Lifetime.TotalMinutes, 59, 60.1);
        Assert.Equal("token-2", (await _tokens.TakeAsync(grant, first, Stop)).Reveal());
        var asked = _server.Asked[0];
        Assert.Equal("/contoso.example/oauth2/v2.0/token", asked.Path);
        Assert.Equal(("client_credentials", Scope), (asked["grant_type"], asked["scope"]));
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", asked["client_assertion_type"]);
        Assert.Equal(3, asked["client_assertion"]!.Split('.').Length);
    }

    [Fact]
    public async Task What_Entra_ID_refuses_is_said_with_the_step_to_take()
    {
        _server.Instead = async (_, http) =>
        {
            await OAuthServer.RefuseAsync(http, 401, "invalid_client",
                "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. Trace ID: 1");
            return true;
        };
        var refused = await Assert.ThrowsAsync<TokenException>(() => _tokens.TakeAsync(Certificate(Pem()), null, Stop));
        Assert.True(refused.IsRefused);
        Assert.EndsWith("is not registered on application; upload the certificate to the app registration (Certificates & secrets), or check "
            + "oauthCertificateFile", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_workload_identity_is_not_set_up_that_is_said()
    {
        var refused = await Assert.ThrowsAsync<TokenException>(() =>
            _tokens.TakeAsync(new EntraGrant(EntraProof.Workload, "contoso.example", "app", null, Scope), null, Stop));
        Assert.True(refused.IsRefused);
        Assert.Contains("azure.workload.identity/use", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no certificate at all")]
    [InlineData(null)] // no file
    public async Task A_file_without_certificate_and_key_is_said(string? text)
    {
        var path = Path.Combine(_folder, "c.pem");
        if (text is not null)
            await File.WriteAllTextAsync(path, text, Stop);
        var failure = await Assert.ThrowsAsync<SecretException>(() => _tokens.TakeAsync(Certificate(path), null, Stop));
        Assert.Contains($"oauthCertificateFile {path}", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    static EntraGrant Certificate(string path) => new(
        EntraProof.Certificate, "contoso.example", "app", new(new("mailbox sales", "oauthCertificateFile", "sales.json"), path), Scope);

    string Pem()
    {
        using var key = RSA.Create(2048);
        using var certificate = SelfSigned(key);
        return Write("c.pem", System.Text.Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
    }

    string Pfx()
    {
        using var key = RSA.Create(2048);
        using var certificate = SelfSigned(key);
        return Write("c.pfx", certificate.Export(X509ContentType.Pkcs12));
    }

    X509Certificate2 SelfSigned(RSA key) => new CertificateRequest("CN=app", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        .CreateSelfSigned(_clock.GetUtcNow().AddDays(-1), _clock.GetUtcNow().AddDays(1));

    string Write(string name, byte[] octets)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, octets);
        return path;
    }

    sealed class ToLoopback(Uri loopback) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = loopback.Scheme, Host = loopback.Host, Port = loopback.Port }.Uri;
            return base.SendAsync(request, stop);
        }
    }
}
