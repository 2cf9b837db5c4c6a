using System.Text;
using MailIngest.Pop3.Sasl;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 5034 and RFC 4616: AUTH PLAIN.</summary>
public class Rfc5034Plain
{
    // NUL mrose NUL s3cr3t!
    const string Message = "AG1yb3NlAHMzY3IzdCE=";

    [Fact, Trait("Obligation", "77")]
    public async Task Without_SASL_announced_AUTH_is_not_tried_on_its_own()
    {
        await using var server = SignIn(["USER"], "C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Auto);
    }

    [Fact, Trait("Obligation", "77")]
    public async Task Without_SASL_announced_a_named_PLAIN_has_no_initial_response()
    {
        await using var server = SignIn([], $"C: AUTH PLAIN\nS: + \nC: {Message}\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Plain);
    }

    [Theory, Trait("Obligation", "80")]
    [InlineData("+ ")]
    [InlineData("+")]
    [InlineData("+OK")]
    [InlineData("+OK go on")]
    public async Task An_empty_challenge_may_lack_its_space_or_be_an_OK(string challenge)
    {
        await using var server = SignIn([], $"C: AUTH PLAIN\nS: {challenge}\nC: {Message}\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Plain);
    }

    [Fact, Trait("Obligation", "80")]
    public async Task A_refusal_in_place_of_the_challenge_ends_the_exchange_before_the_message_is_sent()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: AUTH PLAIN\nS: -ERR [SYS/TEMP] later");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Plain)));
        Assert.True(refused.IsTransient);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "81")]
    public async Task With_PLAIN_announced_the_message_is_the_initial_response()
    {
        await using var server = SignIn(["SASL CRAM-MD5 PLAIN"], $"C: AUTH PLAIN {Message}\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Auto);
    }

    [Theory, Trait("Obligation", "81")]
    [InlineData(173, true)]    // 11 + 240 + 2 = 253
    [InlineData(174, false)]   // 11 + 244 + 2 = 257
    public async Task An_initial_response_is_used_only_when_the_line_has_255_octets_at_most(int passwordOctets, bool atOnce)
    {
        var password = new string('p', passwordOctets);
        var message = Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0mrose\0{password}"));
        await using var server = SignIn(["SASL PLAIN"], atOnce ? $"C: AUTH PLAIN {message}\nS: +OK" : $"C: AUTH PLAIN\nS: + \nC: {message}\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Auto, password);
    }

    [Fact, Trait("Obligation", "82")]
    public async Task A_challenge_may_be_long_but_not_endless()
    {
        await using var server = SignIn([], $"C: AUTH PLAIN\nS: + {new string('A', 60000)}\nC: {Message}\nS: +OK");
        await OpenedAsync(server, SignInMechanism.Plain);

        await using var endless = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.ExpectAsync("AUTH PLAIN");
            await script.SendAsync("+ " + new string('A', 65535));
            await script.ExpectCloseAsync();
        }, window: 1 << 20);
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => endless.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Plain)));
        Assert.Contains("line of more than 65536 octets", wrong.Message);
        await endless.FinishAsync();
    }

    [Theory, Trait("Obligation", "84")]
    [InlineData("+ go ahead!")]
    [InlineData("+ ====")]
    [InlineData("+ AB=C")]
    public async Task A_challenge_that_is_not_base64_is_cancelled(string challenge)
    {
        await using var server = SignIn([], $"C: AUTH PLAIN\nS: {challenge}\nC: *\nS: -ERR cancelled");
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Plain)));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "86")]
    public async Task After_a_refused_PLAIN_nothing_weaker_is_tried()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL PLAIN", "USER");
            await script.PlayAsync($"C: AUTH PLAIN {Message}\nS: -ERR [AUTH] wrong");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Auto)));
        Assert.True(refused.IsCredentials);
        Assert.Equal("AUTH PLAIN ****", refused.Command);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "87")]
    public async Task A_challenge_after_the_whole_message_is_cancelled()
    {
        await using var server = SignIn(["SASL PLAIN"], $"C: AUTH PLAIN {Message}\nS: + \nC: *\nS: -ERR cancelled");
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Auto)));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "88")]
    public async Task PLAIN_runs_inside_TLS()
    {
        using var certificate = Certificates.For("pop.example.com");
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("SASL PLAIN");
            await script.PlayAsync($"C: AUTH PLAIN {Message}\nS: +OK");
            await script.CapaAsync("SASL PLAIN");
        });
        await using var session = await server.OpenAsync(Certificates.Trusting(certificate), ScriptedServer.User(SignInMechanism.Auto), TlsMode.Implicit);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "89")]
    public void The_message_is_NUL_user_NUL_password_in_UTF_8() =>
        Assert.Equal("\0bjørn\0gå på", Encoding.UTF8.GetString(Convert.FromBase64String(SaslPlain.Encode("bjørn", "gå på"))));

    [Fact, Trait("Obligation", "89")]
    public async Task Name_and_password_may_have_255_octets_each()
    {
        var (user, password) = (new string('u', 255), new string('p', 255));
        await using var server = SignIn(["SASL PLAIN"], $"C: AUTH PLAIN\nS: + \nC: {SaslPlain.Encode(user, password)}\nS: +OK");
        await using var session = await server.OpenAsync(signIn: new Pop3SignIn(user, password));
        await server.FinishAsync();
    }

    static ScriptedServer SignIn(string[] capabilities, string transcript) => ScriptedServer.Run(async script =>
    {
        await script.SendAsync("+OK\r\n");
        await script.CapaAsync(capabilities);
        await script.PlayAsync(transcript);
        if (capabilities.Length > 0 && transcript.EndsWith("+OK", StringComparison.Ordinal)) await script.CapaAsync(capabilities);
    });

    static async Task OpenedAsync(ScriptedServer server, SignInMechanism mechanism, string password = "s3cr3t!")
    {
        await using var session = await server.OpenAsync(signIn: new Pop3SignIn("mrose", password, mechanism));
        await server.FinishAsync();
    }
}
