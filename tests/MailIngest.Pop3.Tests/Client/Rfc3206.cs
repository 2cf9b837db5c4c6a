using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 3206: [SYS/TEMP], [SYS/PERM], [AUTH] and AUTH-RESP-CODE.</summary>
public class Rfc3206
{
    [Theory, Trait("Obligation", "64")]
    [InlineData("[SYS/TEMP] disk", true)]
    [InlineData("[sys/temp] disk", true)]
    [InlineData("[SYS/PERM] no such maildrop", false)]
    [InlineData("please try again later", false)]
    [InlineData("temporary failure [SYS/TEMP]", false)]
    public async Task SYS_TEMP_is_transient_and_SYS_PERM_needs_a_person_in_the_answer_to_any_command(string text, bool transient)
    {
        await using var server = ScriptedServer.Play($"C: LIST\nS: -ERR {text}");
        await using var session = await server.OpenAsync();
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListAsync(default));
        Assert.Equal(transient, refused.IsTransient);
        Assert.Equal("LIST", refused.Command);
        Assert.False(session.IsBroken);
    }

    [Theory, Trait("Obligation", "64")]
    [InlineData("[SYS/TEMP] full", true)]
    [InlineData("[SYS/PERM] closed", false)]
    public async Task A_greeting_may_carry_a_code(string text, bool transient)
    {
        await using var server = ScriptedServer.Run(script => script.SendAsync($"-ERR {text}\r\n"));
        Assert.Equal(transient, (await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync())).IsTransient);
    }

    [Fact, Trait("Obligation", "65")]
    public async Task AUTH_means_that_the_credentials_are_wrong() => Assert.True((await RefusedAsync("[AUTH] no")).IsCredentials);

    [Fact, Trait("Obligation", "65")]
    public async Task AUTH_from_a_server_that_announces_it_means_the_credentials() =>
        Assert.True((await RefusedAsync("[AUTH] no", "AUTH-RESP-CODE")).IsCredentials);

    [Fact, Trait("Obligation", "66")]
    public async Task A_refused_sign_in_without_AUTH_is_not_about_credentials_where_AUTH_RESP_CODE_is_announced() =>
        Assert.False((await RefusedAsync("authentication failed, wrong password", "AUTH-RESP-CODE")).IsCredentials);

    [Fact, Trait("Obligation", "66")]
    public async Task A_refused_sign_in_without_any_code_may_be_about_credentials_where_it_is_not() =>
        Assert.True((await RefusedAsync("no")).IsCredentials);

    [Theory, Trait("Obligation", "66")]
    [InlineData("[SYS/TEMP] no")]
    [InlineData("[SYS/PERM] no")]
    [InlineData("[IN-USE] no")]
    [InlineData("[LOGIN-DELAY] no")]
    [InlineData("[X-OTHER] no")]
    public async Task Another_code_is_never_about_credentials(string text) => Assert.False((await RefusedAsync(text)).IsCredentials);

    [Fact]
    public async Task AUTH_on_a_command_after_sign_in_is_not_about_credentials()
    {
        await using var server = ScriptedServer.Play("C: LIST\nS: -ERR [AUTH] no");
        await using var session = await server.OpenAsync();
        Assert.False((await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListAsync(default))).IsCredentials);
    }

    static async Task<Pop3RefusedException> RefusedAsync(string text, params string[] capabilities)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync(capabilities);
            await script.PlayAsync($"C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: -ERR {text}");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        await server.FinishAsync();
        return refused;
    }
}
