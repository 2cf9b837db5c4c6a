using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 2449: CAPA, its capabilities, response codes.</summary>
public class Rfc2449
{
    [Theory, Trait("Obligation", "51")]
    [InlineData("+OK [X] y", true, "X", "+OK [X] y")]
    [InlineData("-ERR [SYS/TEMP] later", false, "SYS/TEMP", "-ERR [SYS/TEMP] later")]
    [InlineData("-ERR [sys/temp/disk]later", false, "SYS/TEMP/DISK", "-ERR [sys/temp/disk]later")]
    [InlineData("-ERR[AUTH] no", false, "AUTH", "-ERR [AUTH] no")]
    [InlineData("-ERR  [AUTH] not at the start", false, null, "-ERR  [AUTH] not at the start")]
    [InlineData("-ERR no [AUTH]", false, null, "-ERR no [AUTH]")]
    [InlineData("-ERR []", false, null, "-ERR []")]
    [InlineData("-ERR [A//B]", false, null, "-ERR [A//B]")]
    [InlineData("-ERR [/A]", false, null, "-ERR [/A]")]
    [InlineData("-ERR [A B]", false, null, "-ERR [A B]")]
    [InlineData("-ERR [AUTH", false, null, "-ERR [AUTH")]
    [InlineData("+OK", true, null, "+OK")]
    [InlineData("-ERR", false, null, "-ERR")]
    public void An_answer_is_status_code_and_text(string line, bool ok, string? code, string shown)
    {
        var reply = Reply.Parse(System.Text.Encoding.Latin1.GetBytes(line))!;
        Assert.Equal(ok, reply.Ok);
        Assert.Equal(code, reply.Code?.Text);
        Assert.Equal(shown, reply.ToString());
    }

    [Fact, Trait("Obligation", "52")]
    public async Task Without_CAPA_everything_is_tried()
    {
        await using var server = ScriptedServer.Play("C: UIDL\nS: +OK\nS: 1 a\nS: .\nC: TOP 1 0\nS: +OK\nS: .");
        await using var session = await server.OpenAsync();
        Assert.False(session.Capabilities.Announced);
        Assert.Single(await session.UidlAsync(default));
        await foreach (var top in session.TopAsync([1], 0, default)) await top.ReadAsync();
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "53")]
    public async Task CAPA_is_asked_again_after_sign_in_and_replaces_what_was_known()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("USER", "EXPIRE 0 USER");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.CapaAsync("PIPELINING", "EXPIRE 30");
        });
        await using var session = await server.OpenAsync();
        Assert.True(session.Pipelines);
        Assert.Equal(30, session.Capabilities.Expire);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "53")]
    public async Task A_CAPA_that_is_refused_after_sign_in_keeps_what_was_known()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("UIDL");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK\nC: CAPA\nS: -ERR not now");
        });
        await using var session = await server.OpenAsync();
        Assert.True(session.Capabilities.Uidl);
    }

    [Fact, Trait("Obligation", "54")]
    public async Task Tags_are_read_in_any_case_and_unknown_lines_mean_nothing()
    {
        await using var server = ScriptedServer.Play("", "pipelining", "Sasl plain CRAM-MD5", "X-NEW thing", "", "uIdL", "TOPPING");
        await using var session = await server.OpenAsync(signIn: ScriptedServer.User());
        Assert.True(session.Capabilities is { Pipelining: true, Uidl: true, Top: false, Announced: true });
        Assert.Equal(["PLAIN", "CRAM-MD5"], session.Capabilities.SaslMechanisms);
        Assert.Contains("X-NEW thing", session.Capabilities.Lines);
    }

    [Fact, Trait("Obligation", "56")]
    public async Task No_extension_is_needed_to_fetch_and_delete()
    {
        await using var server = ScriptedServer.Play("""
            C: STAT
            S: +OK 1 7
            C: LIST
            S: +OK
            S: 1 7
            S: .
            C: UIDL
            S: -ERR unknown command
            C: RETR 1
            S: +OK
            S: hello
            S: .
            C: DELE 1
            S: +OK
            C: QUIT
            S: +OK
            """);
        await using var session = await server.OpenAsync();
        var listing = await session.ListMaildropAsync(default);
        Assert.Equal("hello\r\n", await session.RetrieveAsync(listing.Messages[0].Number, listing.Messages[0].Octets));
        await session.DeleteAsync([1], default);
        Assert.True((await session.QuitAsync(default)).Ok);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "57")]
    [InlineData("Gpop")]
    [InlineData("Dovecot ready.")]
    [InlineData("Courier")]
    public async Task The_dialogue_is_the_same_whatever_the_implementation(string implementation)
    {
        await using var server = ScriptedServer.Play(
            "C: STAT\nS: +OK 0 0\nC: LIST\nS: +OK\nS: .\nC: UIDL\nS: +OK\nS: .\nC: QUIT\nS: +OK", "UIDL", $"IMPLEMENTATION {implementation}");
        await using var session = await server.OpenAsync();
        Assert.Empty((await session.ListMaildropAsync(default)).Messages);
        await session.QuitAsync(default);
        Assert.Equal(implementation, session.Capabilities.Implementation);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "58")]
    [InlineData("SYS/TEMP", "SYS/TEMP", true)]
    [InlineData("sys/temp/disk/full", "SYS/TEMP", true)]
    [InlineData("SYS/TEMPO", "SYS/TEMP", false)]
    [InlineData("SYS", "SYS/TEMP", false)]
    [InlineData("in-use", "IN-USE", true)]
    [InlineData("IN-USE/BY/PHONE", "IN-USE", true)]
    [InlineData("IN-USER", "IN-USE", false)]
    public void Codes_are_read_in_any_case_and_deeper_levels_are_ignored(string said, string known, bool same) =>
        Assert.Equal(same, ResponseCode.Parse($"[{said}]")!.Is(ResponseCode.Parse($"[{known}]")!));

    [Fact, Trait("Obligation", "58")]
    public async Task An_unknown_code_changes_nothing()
    {
        await using var server = ScriptedServer.Play("C: NOOP\nS: +OK [X-NEW/THING] fine\nC: LIST 1\nS: -ERR [X-NEW] no");
        await using var session = await server.OpenAsync();
        Assert.True((await session.NoopAsync(default)).Ok);
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListAsync(1, default));
        Assert.False(refused.IsTransient);
        Assert.False(refused.IsCredentials);
        Assert.False(session.IsBroken);
    }

    [Theory, Trait("Obligation", "59")]
    [InlineData("LOGIN-DELAY 900", 900, false)]
    [InlineData("LOGIN-DELAY 300 USER", 300, true)]
    [InlineData("LOGIN-DELAY", null, false)]
    [InlineData("LOGIN-DELAY soon", null, false)]
    [InlineData("LOGIN-DELAY 99999999999", null, false)]
    public void LOGIN_DELAY_is_seconds(string line, int? seconds, bool perUser)
    {
        var capabilities = new Capabilities([line]);
        Assert.Equal(seconds, capabilities.LoginDelay);
        Assert.Equal(perUser, capabilities.LoginDelayPerUser);
    }

    [Theory, Trait("Obligation", "60")]
    [InlineData("IN-USE")]
    [InlineData("LOGIN-DELAY")]
    [InlineData("SYS/TEMP")]
    public async Task IN_USE_and_the_like_are_transient_and_not_about_the_credentials(string code)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync($"C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: -ERR [{code}] another session");
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        Assert.True(refused.IsTransient);
        Assert.False(refused.IsCredentials);
    }

    [Theory, Trait("Obligation", "62")]
    [InlineData("EXPIRE 0", 0, false)]
    [InlineData("EXPIRE 60 USER", 60, true)]
    [InlineData("EXPIRE NEVER", int.MaxValue, false)]
    [InlineData("EXPIRE never USER", int.MaxValue, true)]
    [InlineData("EXPIRE", null, false)]
    public void EXPIRE_is_days(string line, int? days, bool perUser)
    {
        var capabilities = new Capabilities([line]);
        Assert.Equal(days, capabilities.Expire);
        Assert.Equal(perUser, capabilities.ExpirePerUser);
    }
}
