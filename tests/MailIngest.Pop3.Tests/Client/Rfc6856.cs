using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 6856: the UTF8 command; and LANG, which is never sent.</summary>
public class Rfc6856
{
    [Theory, Trait("Obligation", "94")]
    [InlineData("UTF8")]
    [InlineData("UTF8 USER")]
    public async Task UTF8_is_sent_without_argument_before_sign_in_whenever_it_is_announced(string capability)
    {
        await using var server = Announcing(capability, "C: UTF8\nS: +OK\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "94")]
    public async Task UTF8_is_not_sent_when_it_is_not_announced()
    {
        await using var server = Announcing("USER", "C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "94")]
    public async Task A_refused_UTF8_is_tolerated()
    {
        await using var server = Announcing("UTF8", "C: UTF8\nS: -ERR no\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "95")]
    public async Task The_code_UTF8_is_told_to_the_caller()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: -ERR [UTF8] needs UTF8");
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 5)], default, default))
            Assert.True(message.Refused && message.Reply.Code!.Is(ResponseCode.Utf8));
    }

    [Theory, Trait("Obligation", "97")]
    [InlineData("bjørn", "secret", "user name")]
    [InlineData("mrose", "gå på", "password")]
    public async Task Without_UTF8_USER_nothing_but_ASCII_is_sent_in_USER_and_PASS(string user, string password, string what)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("USER");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3SignInException>(() => server.OpenAsync(signIn: new Pop3SignIn(user, password)));
        Assert.Contains($"the {what} is not ASCII", refused.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "97")]
    public async Task With_UTF8_USER_name_and_password_go_in_UTF_8()
    {
        await using var server = Announcing("UTF8 USER", "C: UTF8\nS: +OK\nC: USER bjørn\nS: +OK\nC: PASS gå på\nS: +OK");
        await using var session = await server.OpenAsync(signIn: new Pop3SignIn("bjørn", "gå på"));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "99")]
    public async Task LANG_is_never_sent()
    {
        await using var server = Announcing("LANG", "C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
    }

    static ScriptedServer Announcing(string capability, string transcript) => ScriptedServer.Run(async script =>
    {
        await script.SendAsync("+OK\r\n");
        await script.CapaAsync(capability);
        await script.PlayAsync(transcript);
        await script.CapaAsync(capability);
    });
}
