using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using MailIngest.Tests.Tokens;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>
/// Access tokens from end to end: the worker as a process asks a token endpoint on loopback, signs in to a real Dovecot, and Dovecot asks
/// that server what the token is worth.
/// </summary>
public sealed class TokenTests
{
    const string Secret = "a-client-secret-nobody-sees";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData("oauth", "OAUTHBEARER"), InlineData("oauthbearer", "OAUTHBEARER"), InlineData("xoauth2", "XOAUTH2")]
    [Trait("Needs", "Dovecot")]
    public async Task Mail_is_fetched_with_a_token(string auth, string method)
    {
        await using var scene = await Scene.SetAsync(Stop);
        var mail = new Consignment(scene.Maildrop);
        mail.Put("one", SampleMail.Make(1));
        using var place = scene.Place(new() { ["auth"] = auth, ["oauthClientSecret"] = Secret });

        var run = (await place.OnceAsync(Stop)).Ended(ExitCode.Done);

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        Assert.Contains($"Login: user=<{scene.Maildrop.User}>, method={method},", scene.Dovecot.Log);
        AssertKept(run, scene);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task The_identity_of_the_machine_needs_no_secret()
    {
        await using var scene = await Scene.SetAsync(Stop);
        var mail = new Consignment(scene.Maildrop);
        mail.Put("one", SampleMail.Make(1));
        using var place = scene.Place(new() { ["auth"] = "oauth", ["oauthProvider"] = "microsoft", ["oauthIdentity"] = "managed" });

        // As Azure App Service says it (learn.microsoft.com, "REST endpoint reference" of managed identities).
        var run = await place.RunAsync(
            ["once"], Stop, ["env", $"IDENTITY_ENDPOINT={scene.OAuth.Endpoint}", "IDENTITY_HEADER=the-header"]);

        run.Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        Assert.Equal("/token", Assert.Single(scene.OAuth.Asked).Path);
        AssertKept(run, scene);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_refresh_token_is_replaced_by_each_run()
    {
        await using var scene = await Scene.SetAsync(Stop);
        scene.OAuth.Rotates = true;
        using var place = scene.Place(new() { ["auth"] = "oauth", ["oauthRefreshTokenFile"] = "refresh.token" });
        var file = Path.Combine(place.MailboxFolder, "refresh.token");
        await File.WriteAllTextAsync(file, "refresh-1\n", Stop);

        for (var run = 1; run <= 3; run++)
        {
            AssertKept((await place.OnceAsync(Stop)).Ended(ExitCode.Done), scene);
            Assert.Equal($"refresh-{run + 1}\n", await File.ReadAllTextAsync(file, Stop));
        }
        Assert.False(scene.OAuth.ReuseSeen);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Check_with_connect_says_each_step()
    {
        await using var scene = await Scene.SetAsync(Stop);
        using var place = scene.Place(new() { ["auth"] = "oauth", ["oauthClientSecret"] = Secret });

        var run = (await place.RunAsync(["check", "--connect"], Stop)).Ended(ExitCode.Done);

        run.Said($"tokens: asking {scene.OAuth.Endpoint} for a token of app by its secret: a token for 60 minutes");
        run.Said("tokens: signed in to");
        AssertKept(run, scene);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_token_that_is_refused_is_replaced_once_and_then_the_mailbox_is_suspended()
    {
        await using var scene = await Scene.SetAsync(Stop);
        using var place = scene.Place(new() { ["auth"] = "oauth", ["oauthClientSecret"] = Secret });
        scene.OAuth.Revoked.UnionWith(["token-1", "token-2"]);

        var check = await place.RunAsync(["check", "--connect"], Stop);
        check.Ended(ExitCode.SignInRefused).Said("with another token once more");
        check.Said("see that the mail server trusts the token's issuer");
        AssertKept(check, scene);

        (await place.OnceAsync(Stop)).Ended(ExitCode.SignInRefused).Said("is suspended since");
        Assert.Equal(2, scene.OAuth.Asked.Count);
    }

    static void AssertKept(WorkerRun run, Scene scene)
    {
        Assert.DoesNotContain(Secret, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("token-1", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("refresh-", run.Output.Replace(scene.Maildrop.User, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>A token endpoint, and a Dovecot that believes it.</summary>
    sealed record Scene(OAuthServer OAuth, DovecotServer Dovecot, DovecotMaildrop Maildrop) : IAsyncDisposable
    {
        public static async Task<Scene> SetAsync(CancellationToken stop)
        {
            Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
            var oauth = await OAuthServer.StartAsync();
            oauth.ClientSecret = Secret;
            var dovecot = await DovecotServer.StartAsync(
                new() { Mechanisms = "plain oauthbearer xoauth2", TokenInfo = oauth.TokenInfo }, stop);
            var maildrop = dovecot.NewMaildrop();
            oauth.User = maildrop.User;
            return new(oauth, dovecot, maildrop);
        }

        public Workplace Place(JsonObject keys)
        {
            var place = new Workplace();
            if (!keys.ContainsKey("oauthIdentity"))
                (keys["oauthTokenEndpoint"], keys["oauthClientId"]) = (OAuth.Endpoint.AbsoluteUri, "app");
            keys["passwordFile"] = null;
            place.AddMailbox("tokens", Dovecot, Maildrop, Transport.ImplicitTls, keys);
            return place;
        }

        public async ValueTask DisposeAsync()
        {
            await Dovecot.DisposeAsync();
            await OAuth.DisposeAsync();
        }
    }
}
