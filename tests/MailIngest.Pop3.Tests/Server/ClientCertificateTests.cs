using System.Security.Cryptography.X509Certificates;
using MailIngest.Pop3.Server;
using MailIngest.Pop3.Tests.Client;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>EXTERNAL (RFC 4422 appendix A) between our client and our server: TLS has shown who signs in (RFC 8314 §4.2).</summary>
public sealed class ClientCertificateTests : ServerTest
{
    static readonly X509Certificate2 Certificate = Certificates.For("localhost");

    readonly TestAuthority _authority = new();
    readonly List<string> _said = [];
    TlsMode _tls = TlsMode.Implicit;

    Pop3ServerOptions Asking => new()
    {
        Tls = TlsMode.Implicit,
        Certificate = Certificate,
        ClientAuthorities = [_authority.Certificate],
        Sasl = ["PLAIN", "EXTERNAL"],
    };

    [Theory, Trait("Obligation", "75")]
    [InlineData(TlsMode.Implicit, "")]
    [InlineData(TlsMode.Implicit, "alice")]
    [InlineData(TlsMode.Stls, "")]
    public async Task Whoever_the_certificate_is_of_signs_in_without_a_password(TlsMode tls, string user)
    {
        Start(Asking with { Tls = _tls = tls });
        using var alice = _authority.Certify("C=CH, CN=alice");
        await using (await OpenAsync(alice, Pop3SignIn.WithCertificate(user)))
        {
        }
        Assert.Equal("alice", Assert.Single(Server.Events.SignIns).Text);
        Assert.Contains(_said, line => line.Contains("SASL PLAIN EXTERNAL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_among_the_alternative_names_is_the_user_before_the_common_name()
    {
        Accounts["sales@example.org"] = new("unused", Maildrop);
        Start(Asking);
        using var both = _authority.Certify("CN=alice", "sales@example.org");
        await using (await OpenAsync(both, Pop3SignIn.WithCertificate("sales@example.org")))
        {
        }
        Assert.True((await RefusedAsync(both, Pop3SignIn.WithCertificate("alice"))).IsCredentials);
    }

    [Fact]
    public async Task Nobody_acts_as_somebody_else()
    {
        Accounts["bob"] = new("unused", new Maildrop());
        Start(Asking);
        using var alice = _authority.Certify("CN=alice");
        Assert.True((await RefusedAsync(alice, Pop3SignIn.WithCertificate("bob"))).IsCredentials);
        using var stranger = _authority.Certify("CN=carol");
        Assert.True((await RefusedAsync(stranger, Pop3SignIn.WithCertificate())).IsCredentials);
    }

    [Theory]
    [InlineData("another authority")]
    [InlineData("expired")]
    [InlineData("a server's")]
    [InlineData("nobody's")]
    public async Task A_certificate_that_is_not_good_is_as_none(string how)
    {
        Start(Asking);
        using var other = new TestAuthority();
        using var wrong = how switch
        {
            "another authority" => other.Certify("CN=alice"),
            "expired" => _authority.Certify("CN=alice", expired: true),
            "nobody's" => _authority.Certify("O=alice"),
            _ => _authority.CertifyServer("alice"),
        };
        await RefusedAsync(wrong, Pop3SignIn.WithCertificate());
        Assert.Contains(_said, line => line.EndsWith("SASL PLAIN", StringComparison.Ordinal));
        await using var session = await OpenAsync(wrong, new("alice", "secret"));
    }

    [Fact]
    public async Task The_certificates_between_are_shown_too()
    {
        using var below = new TestAuthority(_authority);
        using var alice = below.Certify("CN=alice");
        Start(Asking);
        await using var session = await OpenAsync(alice, Pop3SignIn.WithCertificate(), below.Certificate);
    }

    [Fact]
    public async Task A_password_is_still_good_and_auto_never_takes_EXTERNAL()
    {
        Start(Asking);
        using var alice = _authority.Certify("CN=alice");
        await using (await OpenAsync(alice, new("alice", "secret")))
        {
        }
        await using (await OpenAsync(null, new("alice", "secret")))
        {
        }
        Assert.DoesNotContain(_said, line => line.Contains("AUTH EXTERNAL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_certificate_nothing_is_said()
    {
        Start(Asking);
        await AssertImpossibleAsync(null);
    }

    [Fact]
    public async Task To_a_server_that_asks_for_none_nothing_is_said()
    {
        Start(Asking with { ClientAuthorities = [] });
        using var alice = _authority.Certify("CN=alice");
        await AssertImpossibleAsync(alice);
    }

    [Fact]
    public async Task EXTERNAL_is_no_command_for_who_has_shown_nothing()
    {
        Start(Asking);
        var client = await ConnectSilentlyAsync();
        await client.StartTlsAsync();
        await client.LineAsync();
        Assert.Contains("SASL PLAIN\r\n", (await client.AskBlockAsync("CAPA")).Block);
        AssertRefused(await client.AskAsync("AUTH EXTERNAL ="));
        AssertRefused(await client.AskAsync("AUTH EXTERNAL YWxpY2U="));
    }

    [Fact]
    public void A_certificate_signs_in_by_no_other_mechanism_and_nothing_else_by_EXTERNAL()
    {
        Assert.Throws<ArgumentException>(() => new Pop3SignIn("alice", "secret", SignInMechanism.External));
        Assert.Throws<ArgumentException>(() => Pop3SignIn.WithToken("alice", "token", SignInMechanism.External));
        Assert.Throws<ArgumentException>(() => Pop3SignIn.WithCertificate("alice\0bob"));
        Assert.Equal("alice (External)", Pop3SignIn.WithCertificate("alice").ToString());
    }

    async Task AssertImpossibleAsync(X509Certificate2? certificate)
    {
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => OpenAsync(certificate, Pop3SignIn.WithCertificate()));
        Assert.Contains("none was shown", impossible.Message);
        await Server.SessionsClosedAsync();
        Assert.Equal(["CAPA"], Server.Events.Commands().Select(command => command.Verb));
    }

    async Task<Pop3RefusedException> RefusedAsync(X509Certificate2 certificate, Pop3SignIn signIn) =>
        await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(certificate, signIn));

    Task<MaildropSession> OpenAsync(X509Certificate2? shown, Pop3SignIn signIn, params X509Certificate2[] chain)
    {
        var options = Certificates.Trusting(Certificate);
        return Pop3Client.OpenAsync(new("localhost", Server.Port, _tls), signIn, options with
        {
            Tls = options.Tls with { ClientCertificate = shown, ClientChain = chain },
            Transcript = line => _said.Add(line.ToString()),
        }, TestContext.Current.CancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _authority.Dispose();
    }
}
