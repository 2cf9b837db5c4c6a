using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailIngest.Pop3.Sasl;
using MailIngest.Pop3.Server;
using MailIngest.Pop3.Server.Sasl;
using MailIngest.Pop3.Tests.Client;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Our client signs in to our server, under TLS, with each mechanism.</summary>
public sealed class SaslMechanismTests : ServerTest
{
    static readonly X509Certificate2 Certificate = Certificates.For("localhost");

    static readonly string[] Every =
        ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "OAUTHBEARER", "XOAUTH2"];

    [Theory, Trait("Obligation", "90"), Trait("Obligation", "91"), Trait("Obligation", "92"), Trait("Obligation", "93")]
    [InlineData(SignInMechanism.Plain, "PLAIN")]
    [InlineData(SignInMechanism.CramMd5, "CRAM-MD5")]
    [InlineData(SignInMechanism.ScramSha1, "SCRAM-SHA-1")]
    [InlineData(SignInMechanism.Auto, "SCRAM-SHA-1-PLUS")]
    [InlineData(SignInMechanism.ScramSha256, "SCRAM-SHA-256")]
    [InlineData(SignInMechanism.Auto, "SCRAM-SHA-256-PLUS")]
    [InlineData(SignInMechanism.OAuthBearer, "OAUTHBEARER")]
    [InlineData(SignInMechanism.XOAuth2, "XOAUTH2")]
    public async Task Each_mechanism_signs_in_with_what_is_right_and_not_with_what_is_wrong(SignInMechanism mechanism, string offered)
    {
        Accounts["alice"] = new("secret", Maildrop) { AccessToken = "token" };
        var isToken = mechanism is SignInMechanism.OAuthBearer or SignInMechanism.XOAuth2;
        Start(Protected with { Sasl = [offered] });

        await using (await OpenAsync(SignIn("alice", isToken ? "token" : "secret")))
        {
        }
        foreach (var (user, secret) in ((string, string)[])[("alice", "wrong"), ("bob", isToken ? "token" : "secret")])
        {
            var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(SignIn(user, secret)));
            Assert.True(refused.IsCredentials);
        }

        Pop3SignIn SignIn(string user, string secret) =>
            isToken ? Pop3SignIn.WithToken(user, secret, mechanism) : new(user, secret, mechanism);
    }

    [Theory]
    [InlineData("AUTH SCRAM-SHA-256-PLUS", "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS")]
    [InlineData("AUTH SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS")]
    [InlineData("AUTH SCRAM-SHA-256", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256")]
    [InlineData("AUTH SCRAM-SHA-1", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN")]
    [InlineData("AUTH PLAIN", "CRAM-MD5", "PLAIN")]
    public async Task The_strongest_that_is_offered_is_taken(string command, params string[] offered)
    {
        Start(Protected with { Sasl = offered });
        var lines = new List<string>();
        await using var session = await OpenAsync(new("alice", "secret"), line => lines.Add(line.ToString()));
        Assert.Contains(lines, line => line.Contains(command + " ****", StringComparison.Ordinal));
    }

    [Fact, Trait("Obligation", "90")]
    public void A_client_that_was_not_shown_PLUS_is_refused_by_a_server_that_offers_it()
    {
        // As somebody in the middle would do it: the client is told of SCRAM-SHA-256 alone, and says that it could have bound the channel.
        var scram = new SaslScram(HashAlgorithmName.SHA256, "alice", "secret", null, mightBind: true, "nonce");
        var options = Protected with { Sasl = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] };
        var server = ServerMechanisms.Begin("SCRAM-SHA-256", options, ChannelBinding.Of(Certificate), certified: null);

        Assert.Null(server!.Next(scram.First));
        Assert.Contains("channel binding", server.Flaw);
    }

    [Fact]
    public void A_mechanism_that_does_not_exist_is_not_announced() =>
        Assert.Throws<ArgumentException>(() => Plain with { Sasl = ["scram-sha-1"] });

    [Fact]
    public async Task An_account_that_SCRAM_cannot_have_is_refused_like_a_wrong_password()
    {
        Accounts["alice"] = new("\ufb01sh", Maildrop);
        Start(Protected with { Sasl = ["SCRAM-SHA-256"] });
        Assert.True((await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(new("alice", "fish")))).IsCredentials);
    }

    [Fact, Trait("Obligation", "83")]
    public async Task An_initial_response_to_a_mechanism_that_the_server_begins_is_refused()
    {
        Start(Plain with { Sasl = Every });
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync("AUTH CRAM-MD5 AAAA"));
        Assert.StartsWith("+ ", await client.AskAsync("AUTH CRAM-MD5"));
        AssertRefused(await client.AskAsync("*"));
    }

    [Theory, Trait("Obligation", "90")]
    [InlineData("SCRAM-SHA-256", "")]
    [InlineData("SCRAM-SHA-256", "n,,")]
    [InlineData("SCRAM-SHA-256", "n,,n=,r=x")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=")]
    [InlineData("SCRAM-SHA-256", "n,,m=new,n=alice,r=x")]
    [InlineData("SCRAM-SHA-256", "x,,n=alice,r=x")]
    [InlineData("SCRAM-SHA-256", "p=tls-server-end-point,,n=alice,r=x")]
    [InlineData("SCRAM-SHA-256", "n,,n=ali=ce,r=x")]
    [InlineData("SCRAM-SHA-256-PLUS", "n,,n=alice,r=x")]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-unique,,n=alice,r=x")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=x", "c=biws,r={0}")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=x", "c=biws,r={0},p=%")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=x", "c=eSws,r={0},p=AAAA")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=x", "c=biws,r=x,p=AAAA")]
    [InlineData("CRAM-MD5", "alice")]
    [InlineData("CRAM-MD5", " digest")]
    [InlineData("PLAIN", "alice")]
    [InlineData("OAUTHBEARER", "")]
    [InlineData("OAUTHBEARER", "n,a=alice,\u0001auth=Bearer token")]
    [InlineData("OAUTHBEARER", "x,a=alice,\u0001auth=Bearer token\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,b=alice,\u0001auth=Bearer token\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=al=ice,\u0001auth=Bearer token\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice,\u0001host=x\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice,\u0001auth=Bearer wrong\u0001\u0001", "more")]
    [InlineData("XOAUTH2", "name=alice\u0001auth=Bearer token\u0001\u0001")]
    [InlineData("XOAUTH2", "user=alice\u0001auth=Basic token\u0001\u0001")]
    [InlineData("XOAUTH2", "user=alice\u0001auth=Bearer wrong\u0001\u0001", "\u0001")]
    public void What_is_no_message_of_the_mechanism_is_called_so(string mechanism, params string[] responses)
    {
        var (exchange, last) = Converse(mechanism, responses);
        Assert.Null(last);
        Assert.NotNull(exchange.Flaw);
        Assert.False(exchange.IsProven);
    }

    [Theory, Trait("Obligation", "90")]
    [InlineData("SCRAM-SHA-256", "n,,n=alice,r=x", "c=biws,r={0},p=AAAA")]
    [InlineData("SCRAM-SHA-256", "n,a=bob,n=alice,r=x", "c=bixhPWJvYiw=,r={0},p=AAAA")]
    [InlineData("SCRAM-SHA-256", "n,,n=nobody,r=x", "c=biws,r={0},p=AAAA")]
    [InlineData("SCRAM-SHA-256", "n,,n=apop,r=x", "c=biws,r={0},p=AAAA")]
    [InlineData("CRAM-MD5", "apop 00000000000000000000000000000000")]
    [InlineData("PLAIN", "\0apop\0secret")]
    [InlineData("OAUTHBEARER", "n,a=apop,\u0001auth=Bearer token\u0001\u0001", "\u0001")]
    [InlineData("OAUTHBEARER", "y,a=bob,\u0001auth=Bearer \u0001\u0001", "\u0001")]
    [InlineData("XOAUTH2", "user=bob\u0001auth=Bearer \u0001\u0001", "")]
    public void What_proves_nothing_is_refused_without_a_hint(string mechanism, params string[] responses)
    {
        var (exchange, last) = Converse(mechanism, responses);
        Assert.Null(last);
        Assert.Null(exchange.Flaw);
        Assert.False(exchange.IsProven);
    }

    /// <summary>"{0}" in a response is the nonce of the challenge before it.</summary>
    static (ServerExchange Exchange, byte[]? Last) Converse(string mechanism, string[] responses)
    {
        var options = Protected with
        {
            Sasl = [mechanism],
            Accounts = new Dictionary<string, Pop3Account>
            {
                ["alice"] = new("secret", new()) { AccessToken = "token" },
                ["apop"] = new("secret", new(), Apop: true) { AccessToken = "token" },
                ["bob"] = new("secret", new()) { AccessToken = "" },
            },
        };
        var exchange = ServerMechanisms.Begin(mechanism, options, ChannelBinding.Of(Certificate), certified: null)!;
        byte[]? challenge = null;
        foreach (var response in responses)
        {
            var nonce = challenge is null ? "" : Encoding.UTF8.GetString(challenge).Split(',')[0][2..];
            challenge = exchange.Next(Encoding.UTF8.GetBytes(response.Replace("{0}", nonce, StringComparison.Ordinal)));
        }
        return (exchange, challenge);
    }

    [Fact]
    public async Task Without_TLS_no_channel_can_be_bound_and_PLUS_is_not_announced()
    {
        Start(Plain with { Sasl = Every });
        var client = await ConnectAsync();
        var (_, announced) = await client.AskBlockAsync("CAPA");
        Assert.Contains("SASL PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER XOAUTH2\r\n", announced);
        AssertRefused(await client.AskAsync("AUTH SCRAM-SHA-256-PLUS AAAA"));
    }

    static Pop3ServerOptions Protected => new() { Tls = TlsMode.Implicit, Certificate = Certificate };

    Task<MaildropSession> OpenAsync(Pop3SignIn signIn, Action<TranscriptLine>? transcript = null) => Pop3Client.OpenAsync(
        new("localhost", Server.Port, TlsMode.Implicit), signIn, Certificates.Trusting(Certificate) with { Transcript = transcript },
        TestContext.Current.CancellationToken);
}
