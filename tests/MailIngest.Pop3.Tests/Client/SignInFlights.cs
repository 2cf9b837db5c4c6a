using System.Collections.Concurrent;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 2449 §6.6: what goes out together around the sign-in once PIPELINING was announced, and what never does.</summary>
public class SignInFlights
{
    const string Capabilities = "S: +OK\nS: PIPELINING\nS: UIDL\nS: SASL PLAIN\nS: UTF8\nS: .\n";
    const string PlainOfMrose = "AG1yb3NlAHMzY3IzdCE=";

    [Fact, Trait("Obligation", "61")]
    public async Task UTF8_goes_with_the_sign_in_and_CAPA_with_the_listing_and_nothing_with_what_completes_the_sign_in()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\n" + Capabilities + $"C: UTF8\nC: AUTH PLAIN {PlainOfMrose}");
            await NothingMoreAsync(script, "+OK\r\n+OK\r\n", "CAPA");
            await script.PlayAsync("C: STAT\nC: LIST\nC: UIDL\n" + Capabilities + "S: +OK 1 5\nS: +OK\nS: 1 5\nS: .\nS: +OK\nS: 1 a\nS: .");
            await script.PlayAsync("C: QUIT\nS: +OK");
        });
        await using var session = await server.OpenAsync(new Pop3Options { ListsFirst = true }, ScriptedServer.User(SignInMechanism.Auto));
        Assert.Equal([new(1, 5, "a")], (await session.ListMaildropAsync(default)).Messages);
        await session.QuitAsync(default);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "94")]
    public async Task A_refused_UTF8_in_the_flight_changes_nothing()
    {
        await using var server = ScriptedServer.Run(script => script.PlayAsync(
            "S: +OK ready\nC: CAPA\n" + Capabilities + $"C: UTF8\nC: AUTH PLAIN {PlainOfMrose}\nS: -ERR no\nS: +OK\nC: CAPA\n" + Capabilities));
        await using var session = await server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Plain));
        Assert.False(session.IsBroken);
    }

    [Fact]
    public async Task Until_PIPELINING_is_announced_each_command_waits()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\nS: +OK\nS: UTF8\nS: SASL PLAIN\nS: .\nC: UTF8");
            await NothingMoreAsync(script, "+OK\r\n", $"AUTH PLAIN {PlainOfMrose}");
            await NothingMoreAsync(script, "+OK\r\n", "CAPA");
            await NothingMoreAsync(script, "+OK\r\nPIPELINING\r\n.\r\n", "STAT");
            await script.PlayAsync("C: LIST\nC: UIDL\nS: +OK 0 0\nS: +OK\nS: .\nS: +OK\nS: .");
        });
        await using var session = await server.OpenAsync(new Pop3Options { ListsFirst = true }, ScriptedServer.User(SignInMechanism.Auto));
        Assert.Empty((await session.ListMaildropAsync(default)).Messages);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "48")]
    public async Task Without_TLS_PASS_waits_for_the_answer_to_USER()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER mrose");
            await NothingMoreAsync(script, "-ERR plaintext is not allowed here\r\n", null);
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        Assert.Equal("USER mrose", refused.Command);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "61")]
    [InlineData("+OK", "+OK", null)]
    [InlineData("-ERR [SYS/TEMP] later", "-ERR no USER", "USER mrose")]
    [InlineData("+OK", "-ERR [AUTH] no", "PASS ****")]
    public async Task Under_TLS_USER_and_PASS_are_one_flight_and_the_refusal_is_that_of_the_command_refused(string user, string pass, string? refused)
    {
        using var certificate = Certificates.For("pop.example.com");
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.PlayAsync($"S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER mrose\nC: PASS s3cr3t!\nS: {user}\nS: {pass}");
            if (refused is null) await script.PlayAsync("C: CAPA\nS: +OK\nS: PIPELINING\nS: .");
            else await script.ExpectCloseAsync();
        });
        var failure = await Record.ExceptionAsync(async () => await (await server.OpenAsync(Certificates.Trusting(certificate), tls: TlsMode.Implicit)).DisposeAsync());
        Assert.Equal(refused, (failure as Pop3RefusedException)?.Command);
        Assert.Equal(refused is null, failure is null);
        await server.FinishAsync();
    }

    [Fact]
    public async Task The_credentials_and_UTF8_before_them_wait_for_what_must_be_durable_first()
    {
        var said = new ConcurrentQueue<string>();
        var durable = new TaskCompletionSource();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\n" + Capabilities);
            var next = script.ReadLineAsync();
            Assert.False(next.IsCompleted);
            durable.SetResult();
            Assert.Equal("UTF8", await next);
            await script.PlayAsync($"C: AUTH PLAIN {PlainOfMrose}\nS: +OK\nS: +OK\nC: CAPA\n" + Capabilities);
        });
        var options = new Pop3Options { SigningIn = async _ => await durable.Task, Transcript = line => said.Enqueue(line.ToString()) };
        await using var session = await server.OpenAsync(options, ScriptedServer.User(SignInMechanism.Auto));
        Assert.Contains("C: AUTH PLAIN ****", said);
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_listing_under_way_must_be_read_before_anything_else()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.PlayAsync("C: CAPA\nC: STAT\nC: LIST\nC: UIDL\nS: +OK\nS: PIPELINING\nS: .\nS: +OK 0 0\nS: +OK\nS: .\nS: +OK\nS: .\nC: NOOP\nS: +OK");
        });
        await using var session = await server.OpenAsync(new Pop3Options { ListsFirst = true });
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.NoopAsync(default));
        await session.ListMaildropAsync(default);
        await session.NoopAsync(default);
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_server_that_no_longer_announces_PIPELINING_after_the_sign_in_still_answers_the_listing_and_then_is_in_lock_step()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.PlayAsync("C: CAPA\nC: STAT\nC: LIST\nC: UIDL\nS: +OK\nS: UIDL\nS: .\nS: +OK 2 2\nS: +OK\nS: 1 1\nS: 2 1\nS: .\nS: +OK\nS: 1 a\nS: 2 b\nS: .");
            await script.PlayAsync("C: RETR 1\nS: +OK\nS: .\nC: RETR 2\nS: +OK\nS: .");
        });
        await using var session = await server.OpenAsync(new Pop3Options { ListsFirst = true });
        Assert.Equal(2, (await session.ListMaildropAsync(default)).Count);
        Assert.False(session.Pipelines);
        await session.RetrieveAllAsync(Sessions.Messages(2));
        await server.FinishAsync();
    }

    [Theory]
    [InlineData("S: +OK 1 5\nS: +OK\nS: 1 5\nS: .\nS: +OK\nS: 1 a\nS: .")]
    [InlineData("S: +OK\nS: UIDL\nS: .\nS: +OK\nS: 1 5\nS: .\nS: +OK\nS: 1 a\nS: .")]
    public async Task A_server_that_swallows_one_of_the_flight_is_out_of_step_and_nothing_more_is_sent(string answers)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.PlayAsync("S: +OK ready\nC: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.PlayAsync("C: CAPA\nC: STAT\nC: LIST\nC: UIDL\n" + answers);
            await script.ExpectCloseAsync();
        });
        var failure = await Assert.ThrowsAsync<Pop3ProtocolException>(async () =>
        {
            await using var session = await server.OpenAsync(new Pop3Options { ListsFirst = true });
            await session.ListMaildropAsync(default);
        });
        Assert.False(failure.ConnectionLost);
        await server.FinishAsync();
    }

    /// <summary>The client has nothing more to say before it is answered, and then says this, or closes the connection.</summary>
    static async Task NothingMoreAsync(ServerScript script, string answer, string? then)
    {
        var next = script.ReadLineAsync();
        Assert.False(next.IsCompleted);
        await script.SendAsync(answer);
        Assert.Equal(then, await next);
    }
}
