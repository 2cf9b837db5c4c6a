using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MailIngest.Commands;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Settings;
using MailIngest.Tests.Tokens;
using MailIngest.Tokens;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>
/// Polls that sign in with access tokens: from a real request at a server on loopback to a real session under TLS. The mail server takes one
/// token, which the test sets.
/// </summary>
public sealed class TokenSignInTests : IAsyncLifetime
{
    static readonly X509Certificate2 Certificate = SelfSigned();

    readonly Dictionary<string, Pop3Account> _accounts = [];
    OAuthServer _oauth = null!;
    PollWorld _world = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _oauth = await OAuthServer.StartAsync();
        _world = await PollWorld.CreateAsync(
            server: options => options with
            {
                Accounts = _accounts, Tls = TlsMode.Implicit, Certificate = Certificate, Sasl = ["PLAIN", "XOAUTH2"], AuthRespCode = false,
            },
            mailbox: mailbox => mailbox with
            {
                Tls = new([Certificate.GetCertHashString(HashAlgorithmName.SHA256)], null, null),
            });
        Use(new ClientSecretGrant(
            TokenProvider.Microsoft, _oauth.Endpoint, "app", new InlineSecret(Owner, new("client-secret")), "https://outlook.office365.com/.default"));
        Takes("token-1");
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _oauth.DisposeAsync();
    }

    [Theory]
    [InlineData(SignInMechanism.Auto, "XOAUTH2")]
    [InlineData(SignInMechanism.XOAuth2, "XOAUTH2")]
    [InlineData(SignInMechanism.OAuthBearer, "OAUTHBEARER")]
    public async Task A_poll_takes_a_token_and_the_next_one_uses_it_again(SignInMechanism mechanism, string said)
    {
        await _world.RestartServerAsync(options: options => options with { Sasl = ["PLAIN", said] });
        _world.Mailbox = _world.Mailbox with { Mechanism = mechanism };
        _world.Deliver(3);
        Assert.Equal(3, (await _world.PollAsync()).Counts.Fetched);
        _world.Deliver(2);
        Assert.Equal(2, (await _world.PollAsync()).Counts.Fetched);
        _world.AssertAllMoved();
        Assert.Single(_oauth.Asked);
    }

    [Fact]
    public async Task A_token_that_expires_in_mid_session_ends_nothing_and_the_next_sign_in_takes_another()
    {
        _world.Mailbox = _world.Mailbox with { CommitEvery = 1 };
        _oauth.ExpiresIn = 3600;
        var reached = 0;
        _world.Deliver(2);
        await _world.RestartServerAsync();
        _oauth.Instead = (_, _) =>
        {
            reached++;
            return Task.FromResult(false);
        };
        Assert.Null((await _world.PollAsync()).Failure); // two sessions, one token
        Assert.Equal(1, reached);
        _world.Clock.Advance(TimeSpan.FromMinutes(61));
        Takes("token-2");
        _world.Deliver(1);
        Assert.Null((await _world.PollAsync()).Failure);
        Assert.Equal(2, reached);
        _world.AssertAllMoved();
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_replaced_once_in_the_same_poll()
    {
        await _world.PollAsync();
        Takes("token-2");
        _world.Deliver(1);
        var report = await _world.PollAsync();
        Assert.Null(report.Failure);
        Assert.Equal((2, 3), (_oauth.Asked.Count, Connections));
        _world.AssertAllMoved();
    }

    [Fact]
    public async Task Two_refused_tokens_suspend_the_mailbox_ever_longer_and_say_which_step_is_missing()
    {
        _oauth.Token = number => OAuthServer.Jwt(
            new() { ["aud"] = "https://outlook.office365.com", ["roles"] = new JsonArray("POP.AccessAsApp") }, number);
        var report = await _world.PollAsync();
        Assert.Equal((PollResult.Auth, ExitCode.SignInRefused, true), (report.Result, report.ExitStatus, report.CredentialsRefused));
        Assert.Contains("New-ServicePrincipal", report.Failure!.Sentence, StringComparison.Ordinal);
        Assert.Contains("Set-CASMailbox sales@example.org -PopEnabled $true", report.Failure.Sentence, StringComparison.Ordinal);
        Assert.Equal((2, 2), (_oauth.Asked.Count, Connections));

        for (var hour = 0; hour < 24; hour++)
        {
            Assert.Equal(ExitCode.SignInRefused, (await _world.RunAsync()).ExitStatus);
            _world.Clock.Advance(TimeSpan.FromHours(1));
        }
        // After 15 minutes, 2 hours, 8 hours, and then once a day: the step may have been taken meanwhile.
        Assert.Equal((8, 8), (_oauth.Asked.Count, Connections));
        for (var hour = 0; hour < 24; hour++)
        {
            await _world.RunAsync();
            _world.Clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.Equal(10, Connections);
        Assert.DoesNotContain(_world.Log.Lines, line => line.Contains(_oauth.Token(1), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_secret_lifts_the_suspension_at_once()
    {
        _oauth.ClientSecret = "another";
        Assert.Contains("AADSTS7000215", (await _world.RunAsync()).Failure!.Sentence, StringComparison.Ordinal);
        Assert.Contains("suspended", (await _world.RunAsync()).Failure!.Sentence, StringComparison.Ordinal);
        Assert.Equal((1, 0), (_oauth.Asked.Count, Connections));

        Use(((ClientSecretGrant)_world.Mailbox.OAuth!) with { Secret = new InlineSecret(Owner, new("another")) });
        Assert.Null((await _world.PollAsync()).Failure);
    }

    [Fact]
    public async Task An_endpoint_in_trouble_suspends_nobody()
    {
        _oauth.RefuseOnce(429, retryAfter: "60");
        var report = await _world.RunAsync();
        Assert.Equal((PollResult.Network, ExitCode.Unavailable, false), (report.Result, report.ExitStatus, report.CredentialsRefused));
        _world.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Null((await _world.PollAsync()).Failure);
    }

    [Fact]
    public async Task A_verb_says_each_step_and_counts_what_is_refused()
    {
        var steps = new List<string>();
        Takes("another");
        Assert.Equal(ExitCode.SignInRefused, await MaildropVisit.RunAsync(
            _world.Here, _world.Ledger, null, _world.Log, _ => Task.CompletedTask, Stop, steps.Add));
        Assert.Equal(3, steps.Count);
        Assert.Equal($"asking {_oauth.Endpoint} for a token of app by its secret: a token for 60 minutes", steps[0]);
        Assert.EndsWith("with another token once more", steps[1], StringComparison.Ordinal);
        Assert.Equal(2, Connections);
        _world.Clock.SetUtcNow(TimeProvider.System.GetUtcNow()); // verbs go by the system's
        Assert.Contains("suspended", (await _world.RunAsync()).Failure!.Sentence, StringComparison.Ordinal);
        Assert.Equal(2, Connections);
    }

    static SecretOwner Owner => new("mailbox sales", "oauthClientSecret", "sales.json");

    int Connections => _world.Server.Events.Count(happened => happened.Kind == ServerEventKind.Connected);

    void Use(TokenGrant grant) => _world.Mailbox = _world.Mailbox with { OAuth = grant, Password = new CredentialStandIn(Owner, grant) };

    void Takes(string token) => _accounts["sales@example.org"] = new("never sent", _world.Maildrop) { AccessToken = token };

    static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
