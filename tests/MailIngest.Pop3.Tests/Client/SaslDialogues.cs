using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailIngest.Pop3.Sasl;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 5034 with other mechanisms than PLAIN, as dialogues.</summary>
public class SaslDialogues
{
    static readonly X509Certificate2 Certificate = Certificates.For("pop.example.com");

    const string Token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";

    [Fact, Trait("Obligation", "93")]
    public async Task The_example_of_RFC_2195_is_said_octet_for_octet()
    {
        await using var server = SignIn(["SASL CRAM-MD5"], """
            C: AUTH CRAM-MD5
            S: + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
            C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
            S: +OK
            """);
        await using var session = await server.OpenAsync(signIn: new("tim", "tanstaaftanstaaf", SignInMechanism.CramMd5));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "93")]
    public async Task CRAM_MD5_is_used_only_when_it_is_named()
    {
        await using var server = SignIn(["SASL CRAM-MD5", "USER"], "C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await using var session = await server.OpenAsync(signIn: new("mrose", "s3cr3t!"));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "91")]
    public async Task OAUTHBEARER_says_user_host_port_and_token()
    {
        var message = Base64("n,a=user@example.com,\u0001host=pop.example.com\u0001port=110\u0001auth=Bearer " + Token + "\u0001\u0001");
        await using var server = SignIn(["SASL PLAIN XOAUTH2 OAUTHBEARER"], $"C: AUTH OAUTHBEARER {message}\nS: +OK");
        await using var session = await OpenAsync(server, "user@example.com", Token);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "91")]
    public async Task A_token_that_OAUTHBEARER_refuses_is_acknowledged_and_its_status_shown()
    {
        var error = Base64("""{"status":"invalid_token","scope":"https://mail.example.com/pop","openid-configuration":"x"}""");
        await using var server = Refusing("SASL OAUTHBEARER", $"C: AUTH OAUTHBEARER {Bearer()}\nS: + {error}\nC: AQ==\nS: -ERR no");
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(server, "u", Token));

        Assert.EndsWith("AUTH OAUTHBEARER **** was refused: -ERR no (status invalid_token, scope https://mail.example.com/pop)", refused.Message);
        Assert.DoesNotContain(Token, refused.ToString());
        await server.FinishAsync();

        static string Bearer() => Base64($"n,a=u,\u0001host=pop.example.com\u0001port=110\u0001auth=Bearer {Token}\u0001\u0001");
    }

    /// <summary>Exchange Online: the line would be longer than 255 octets, so it goes in two steps (RFC 5034 §4).</summary>
    [Fact, Trait("Obligation", "81"), Trait("Obligation", "92")]
    public async Task A_long_token_goes_after_an_empty_challenge()
    {
        var token = new string('t', 1500);
        await using var server = SignIn(["TOP", "UIDL", "SASL PLAIN XOAUTH2", "USER"],
            $"C: AUTH XOAUTH2\nS: + \nC: {XOAuth2("user@example.com", token)}\nS: +OK User successfully authenticated.");
        await using var session = await OpenAsync(server, "user@example.com", token);
        await server.FinishAsync();
    }

    /// <summary>Gmail.</summary>
    [Fact, Trait("Obligation", "92")]
    public async Task A_token_that_XOAUTH2_refuses_is_acknowledged_with_nothing_and_its_status_shown()
    {
        var error = Base64("""{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}""");
        await using var server = Refusing("SASL XOAUTH2", $"C: AUTH XOAUTH2 {XOAuth2("u", Token)}\nS: + {error}\nC: \nS: -ERR [AUTH] no");
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(server, "u", Token));

        Assert.True(refused.IsCredentials);
        Assert.EndsWith("(status 400, scope https://mail.google.com/)", refused.Message);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "92")]
    [InlineData("not json", "something that is not JSON")]
    [InlineData("{\"status\":\"\\ud800\"}", "something that is not JSON")]
    [InlineData("[1]", "without a status")]
    [InlineData("{\"status\":{\"deep\":1}}", "without a status")]
    [InlineData("{\"status\":\"\\u001b[31m\"}", "(status ")]
    public async Task Whatever_a_server_says_about_a_token_is_shown_safely(string json, string shown)
    {
        await using var server = Refusing("SASL XOAUTH2", $"C: AUTH XOAUTH2 {XOAuth2("u", Token)}\nS: + {Base64(json)}\nC: \nS: -ERR no");
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(server, "u", Token));
        Assert.Contains(shown, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', refused.Message);
    }

    [Fact, Trait("Obligation", "91")]
    public async Task A_token_is_never_sent_as_a_password()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(Certificate);
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("USER", "SASL PLAIN");
            await script.ExpectCloseAsync();
        });
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => OpenAsync(server, "u", Token));
        Assert.Contains("OAUTHBEARER or XOAUTH2 is needed, and the server announces PLAIN", impossible.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "91")]
    public async Task A_token_is_never_sent_without_TLS()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL OAUTHBEARER XOAUTH2");
            await script.ExpectCloseAsync();
        });
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => server.OpenAsync(signIn: Pop3SignIn.WithToken("u", Token)));
        Assert.Contains("under TLS only", impossible.Message);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "92")]
    [InlineData(40)]
    [InlineData(1500)]
    public async Task A_token_that_the_server_repeats_in_its_error_is_not_shown(int octets)
    {
        var token = new string('t', octets);
        var error = Base64($$"""{"status":"bad token {{token}}","scope":"{{token}}"}""");
        var first = octets < 100 ? $"C: AUTH XOAUTH2 {XOAuth2("u", token)}" : $"C: AUTH XOAUTH2\nS: + \nC: {XOAuth2("u", token)}";
        await using var server = Refusing("SASL XOAUTH2", $"{first}\nS: + {error}\nC: \nS: -ERR {token} {XOAuth2("u", token)}");
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => OpenAsync(server, "u", token));

        Assert.EndsWith("was refused: -ERR **** **** (status bad token ****, scope ****)", refused.Message);
        Assert.True(refused.IsCredentials);
    }

    [Fact, Trait("Obligation", "92")]
    public async Task A_success_after_the_token_was_refused_is_none()
    {
        await using var server = Refusing("SASL XOAUTH2", $"C: AUTH XOAUTH2 {XOAuth2("u", Token)}\nS: + {Base64("{}")}\nC: \nS: +OK");
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => OpenAsync(server, "u", Token));
    }

    [Theory]
    [InlineData("", "SASL EXTERNAL", "C: AUTH EXTERNAL =\nS: +OK")]
    [InlineData("mrose", "SASL EXTERNAL", "C: AUTH EXTERNAL bXJvc2U=\nS: +OK")]
    [InlineData("", "USER", "C: AUTH EXTERNAL\nS: + \nC: \nS: +OK")]
    [InlineData("mrose", "USER", "C: AUTH EXTERNAL\nS: + \nC: bXJvc2U=\nS: +OK")]
    public async Task EXTERNAL_says_whom_to_act_as_or_nothing(string user, string capability, string transcript)
    {
        await using var server = Asking(capability, transcript);
        await using var session = await server.OpenAsync(Showing, Pop3SignIn.WithCertificate(user), TlsMode.Implicit);
    }

    [Fact]
    public async Task A_refusal_of_EXTERNAL_is_shown_as_it_is()
    {
        await using var server = Asking("SASL EXTERNAL", "C: AUTH EXTERNAL =\nS: -ERR [AUTH] no user for CN=mrose");
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() =>
            server.OpenAsync(Showing, Pop3SignIn.WithCertificate(), TlsMode.Implicit));
        Assert.EndsWith("no user for CN=mrose", refused.Message);
        Assert.True(refused.IsCredentials);
    }

    [Fact, Trait("Obligation", "90")]
    public async Task An_impostor_that_hangs_up_when_it_is_found_out_is_still_called_one()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL SCRAM-SHA-256");
            var first = Encoding.UTF8.GetString(Convert.FromBase64String((await script.ReadLineAsync())!["AUTH SCRAM-SHA-256 ".Length..]));
            await script.SendAsync($"+ {Base64(first[first.IndexOf("r=", StringComparison.Ordinal)..] + "x,s=QSXCR+Q6sek8bf92,i=4096")}\r\n");
            await script.ReadLineAsync();
            await script.SendAsync($"+ {Base64("v=AAAA")}\r\n");
            await script.ExpectAsync("*");
            await script.CutAsync();
        });
        var found = await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync(signIn: new("mrose", "s3cr3t!")));
        Assert.Contains("is not signed by anybody who knows the password", found.Message);
    }

    /// <summary>A server that announces AUTH-RESP-CODE means credentials only by [AUTH] (RFC 3206 §6), unless it has said so inside the
    /// exchange.</summary>
    [Theory, Trait("Obligation", "90")]
    [InlineData("e=invalid-proof", true)]
    [InlineData("e=unknown-user", true)]
    [InlineData("e=other-error", false)]
    public async Task What_SCRAM_says_of_the_proof_counts_as_being_about_the_credentials(string said, bool isCredentials)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL SCRAM-SHA-1", "AUTH-RESP-CODE");
            var first = Encoding.UTF8.GetString(Convert.FromBase64String((await script.ReadLineAsync())!["AUTH SCRAM-SHA-1 ".Length..]));
            await script.SendAsync($"+ {Base64(first[first.IndexOf("r=", StringComparison.Ordinal)..] + "x,s=QSXCR+Q6sek8bf92,i=4096")}\r\n");
            await script.ReadLineAsync();
            await script.SendAsync($"+ {Base64(said)}\r\n");
            await script.ExpectAsync("");
            await script.SendAsync("-ERR no\r\n");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: new("mrose", "s3cr3t!")));
        Assert.Equal(isCredentials, refused.IsCredentials);
        Assert.EndsWith($"({said[2..]})", refused.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "90")]
    public async Task A_refusal_before_the_proof_is_not_about_the_credentials_where_that_would_be_said()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL SCRAM-SHA-256", "AUTH-RESP-CODE");
            await script.ReadLineAsync();
            await script.SendAsync("-ERR not now\r\n");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: new("mrose", "s3cr3t!")));
        Assert.False(refused.IsCredentials);
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_user_name_that_cannot_be_prepared_is_not_sent_either()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL SCRAM-SHA-256");
            await script.ExpectCloseAsync();
        });
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => server.OpenAsync(signIn: new("\ufb01sh", "s3cr3t!")));
        Assert.Contains("the user name holds characters", impossible.Message);
    }

    [Theory]
    [InlineData("CRAM-MD5", SignInMechanism.CramMd5)]
    public async Task A_challenge_too_many_is_cancelled(string announced, SignInMechanism mechanism)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL " + announced);
            await script.ExpectAsync("AUTH " + announced);
            await script.SendAsync("+ AAAA\r\n");
            await script.ReadLineAsync();
            await script.SendAsync("+ AAAA\r\n");
            await script.ExpectAsync("*");
            await script.SendAsync("-ERR cancelled\r\n");
        });
        var endless = await Assert.ThrowsAsync<Pop3ProtocolException>(
            () => server.OpenAsync(signIn: new("mrose", "s3cr3t!", mechanism)));
        Assert.Contains("has nothing more to say", endless.Message);
    }

    [Fact, Trait("Obligation", "92")]
    public async Task A_second_complaint_about_a_token_is_cancelled()
    {
        await using var server = Refusing("SASL XOAUTH2",
            $"C: AUTH XOAUTH2 {XOAuth2("u", Token)}\nS: + {Base64("{}")}\nC: \nS: + {Base64("{}")}\nC: *\nS: -ERR no");
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => OpenAsync(server, "u", Token));
    }

    [Fact, Trait("Obligation", "77")]
    public async Task Where_nothing_is_announced_a_token_has_no_way()
    {
        await using var server = Refusing("USER", "");
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => OpenAsync(server, "u", Token));
        Assert.Contains("the server announces none", impossible.Message);
    }

    [Theory]
    [InlineData("SHA256", 32, false)]
    [InlineData("SHA384", 48, false)]
    [InlineData("SHA512", 64, false)]
    [InlineData("SHA256", 32, true)]
    [InlineData("SHA384", 48, true)]
    [InlineData("SHA512", 64, true)]
    public void A_channel_is_bound_with_the_digest_of_the_certificates_own_signature(string hash, int octets, bool rsa)
    {
        using var certificate = Certificates.Signed(new(hash), rsa);
        Assert.Equal(octets, ChannelBinding.Of(certificate)!.Octets.Length);
    }

    [Fact]
    public async Task A_password_that_cannot_be_prepared_is_not_sent_and_the_remedy_is_said()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL PLAIN SCRAM-SHA-256");
            await script.ExpectCloseAsync();
        });
        var impossible = await Assert.ThrowsAsync<Pop3SignInException>(() => server.OpenAsync(signIn: new("mrose", "\ufb01sh-and-chips")));
        Assert.Contains("the password holds characters", impossible.Message);
        Assert.Contains("set auth to plain", impossible.Message);
        Assert.DoesNotContain("fish", impossible.Message);
    }

    /// <summary>Its signature names no digest, so that there is nothing to bind: that must not disturb a sign-in.</summary>
    [Fact]
    public async Task A_certificate_that_is_signed_with_RSA_PSS_is_as_good_as_any()
    {
        using var certificate = Certificates.Pss("pop.example.com");
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("USER", "SASL SCRAM-SHA-256-PLUS");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.CapaAsync("USER");
        });
        await using var session = await server.OpenAsync(Certificates.Trusting(certificate), new("mrose", "s3cr3t!"), TlsMode.Implicit);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "86"), Trait("Obligation", "90")]
    public async Task After_a_refused_SCRAM_nothing_weaker_is_tried()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL PLAIN SCRAM-SHA-1 SCRAM-SHA-256", "USER");
            Assert.StartsWith("AUTH SCRAM-SHA-256 ", await script.ReadLineAsync());
            await script.SendAsync("-ERR [AUTH] no\r\n");
            await script.ExpectCloseAsync();
        });
        await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: new("mrose", "s3cr3t!")));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "90")]
    public async Task A_success_before_the_server_has_signed_is_none()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL SCRAM-SHA-256");
            await script.ReadLineAsync();
            await script.SendAsync("+OK signed in, trust me\r\n");
            await script.ExpectCloseAsync();
        });
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync(signIn: new("mrose", "s3cr3t!")));
        Assert.Contains("before the server has proven who it is", wrong.Message);
        await server.FinishAsync();
    }

    [Theory]
    [InlineData(SignInMechanism.XOAuth2)]
    [InlineData(SignInMechanism.OAuthBearer)]
    public void A_password_is_not_what_these_mechanisms_take(SignInMechanism mechanism) =>
        Assert.Throws<ArgumentException>(() => new Pop3SignIn("mrose", "s3cr3t!", mechanism));

    [Theory]
    [InlineData("u\u0001", "token")]
    [InlineData("u", "to\u0001ken")]
    [InlineData("u", "to\rken")]
    [InlineData("u", "")]
    public void A_token_that_would_say_something_else_is_not_taken(string user, string token) =>
        Assert.ThrowsAny<ArgumentException>(() => Pop3SignIn.WithToken(user, token));

    [Fact]
    public void A_sign_in_does_not_print_its_token() => Assert.Equal("u (Auto)", Pop3SignIn.WithToken("u", Token).ToString());

    static string XOAuth2(string user, string token) => Base64($"user={user}\u0001auth=Bearer {token}\u0001\u0001");

    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    static Task<MaildropSession> OpenAsync(ScriptedServer server, string user, string token) =>
        server.OpenAsync(Certificates.Trusting(Certificate), Pop3SignIn.WithToken(user, token), TlsMode.Implicit);

    static ScriptedServer SignIn(string[] capabilities, string transcript) => ScriptedServer.Run(async script =>
    {
        if (capabilities.Any(line => line.Contains("OAUTH", StringComparison.Ordinal))) await script.ProtectAsync(Certificate);
        await script.SendAsync("+OK\r\n");
        await script.CapaAsync(capabilities);
        await script.PlayAsync(transcript);
        await script.CapaAsync(capabilities);
    });

    static Pop3Options Showing
    {
        get
        {
            var options = Certificates.Trusting(Certificate);
            return options with { Tls = options.Tls with { ClientCertificate = Certificate } };
        }
    }

    static ScriptedServer Asking(string capability, string transcript) => ScriptedServer.Run(async script =>
    {
        await script.ProtectAsync(Certificate, asks: true);
        await script.SendAsync("+OK\r\n");
        await script.CapaAsync(capability);
        await script.PlayAsync(transcript);
        if (transcript.EndsWith("+OK", StringComparison.Ordinal)) await script.CapaAsync(capability);
    });

    static ScriptedServer Refusing(string capability, string transcript) => ScriptedServer.Run(async script =>
    {
        await script.ProtectAsync(Certificate);
        await script.SendAsync("+OK\r\n");
        await script.CapaAsync(capability);
        await script.PlayAsync(transcript);
        await script.ExpectCloseAsync();
    });
}
