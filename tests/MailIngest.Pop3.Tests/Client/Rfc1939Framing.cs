using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 1939 §3: commands, status lines, multi-line answers.</summary>
public class Rfc1939Framing
{
    [Fact, Trait("Obligation", "2")]
    public async Task Nothing_is_sent_before_the_greeting()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            var first = script.ReadLineAsync();
            Assert.False(first.IsCompleted);
            await script.SendAsync("+OK\r\n");
            Assert.Equal("CAPA", await first);
            await script.SendAsync("-ERR\r\n");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        });
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "2")]
    public async Task A_refusing_greeting_ends_the_attempt_as_transient()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("-ERR too many connections\r\n");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        Assert.True(refused.IsTransient);
        Assert.False(refused.IsCredentials);
        Assert.Equal("pop.example.com:110: the connection was refused: -ERR too many connections", refused.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "2")]
    public async Task A_greeting_that_is_no_POP3_ends_the_attempt_and_nothing_is_sent()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("220 smtp.example.com ESMTP\r\n");
            await script.ExpectCloseAsync();
        });
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync());
        Assert.Contains("the greeting is neither +OK nor -ERR but \"220 smtp.example.com ESMTP\"", wrong.Message);
        Assert.True(wrong.IsTransient);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "3")]
    public async Task Commands_are_upper_case_with_single_spaces_and_none_at_the_end()
    {
        await using var server = ScriptedServer.Play("""
            C: STAT
            S: +OK 1 120
            C: LIST 1
            S: +OK 1 120
            C: UIDL 1
            S: +OK 1 abc
            C: TOP 1 0
            S: +OK
            S: .
            C: RETR 1
            S: +OK
            S: .
            C: DELE 1
            S: +OK
            C: RSET
            S: +OK
            C: NOOP
            S: +OK
            C: QUIT
            S: +OK
            """);
        await using var session = await server.OpenAsync();
        await session.StatAsync(default);
        await session.ListAsync(1, default);
        await session.UidlAsync(1, default);
        await foreach (var top in session.TopAsync([1], 0, default)) await top.ReadAsync();
        await session.RetrieveAsync();
        await session.DeleteAsync([1], default);
        await session.ResetAsync(default);
        await session.NoopAsync(default);
        await session.QuitAsync(default);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "4")]
    [InlineData(255 - 7, true)]
    [InlineData(255 - 6, false)]
    public async Task A_command_has_255_octets_at_most(int passwordOctets, bool sent)
    {
        var password = new string('p', passwordOctets);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            if (sent) await script.PlayAsync($"C: USER mrose\nS: +OK\nC: PASS {password}\nS: +OK");
            else await script.ExpectCloseAsync();
        });
        var opening = server.OpenAsync(signIn: new Pop3SignIn("mrose", password));
        if (sent) await (await opening).DisposeAsync();
        else Assert.Contains("too long for PASS", (await Assert.ThrowsAsync<Pop3SignInException>(() => opening)).Message);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "5")]
    [InlineData("+ok")]
    [InlineData("-Err no")]
    [InlineData("+OKAY")]
    [InlineData("OK")]
    [InlineData("+ go on")]
    [InlineData("* BYE")]
    [InlineData("")]
    [InlineData(" +OK")]
    public async Task Only_upper_case_OK_and_ERR_are_answers_and_anything_else_ends_the_session_without_QUIT(string answer)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("NOOP");
            await script.SendAsync(answer + "\r\n");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.NoopAsync(default));
        Assert.StartsWith("pop.example.com:110: the answer to NOOP is ", wrong.Message);
        Assert.True(session.IsBroken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.QuitAsync(default));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "6")]
    [InlineData("+OK{0}\r\n", 8192, true)]
    [InlineData("+OK{0}\r\n", 8193, false)]
    [InlineData("+OK{0}", 8193, false)]
    public async Task A_status_line_is_tolerated_up_to_8_KiB_and_never_unbounded(string line, int octets, bool good)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("NOOP");
            await script.SendAsync(string.Format(null, line, new string(' ', octets - line.Length + 3)));
        });
        await using var session = await server.OpenAsync();
        if (good) Assert.True((await session.NoopAsync(default)).Ok);
        else Assert.Contains("line of more than 8192 octets", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.NoopAsync(default))).Message);
    }

    [Fact, Trait("Obligation", "6")]
    public async Task An_endless_greeting_is_refused()
    {
        await using var server = ScriptedServer.Run(script => script.SendAsync("+OK " + new string('x', 9000)));
        Assert.Contains("the greeting has a line of more", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync())).Message);
    }

    [Fact, Trait("Obligation", "7")]
    public async Task A_capability_line_of_512_octets_is_taken()
    {
        var implementation = new string('x', 512 - "IMPLEMENTATION ".Length - 2);
        await using var server = ScriptedServer.Play("", $"IMPLEMENTATION {implementation}");
        await using var session = await server.OpenAsync();
        Assert.Equal(implementation, session.Capabilities.Implementation);
    }

    [Theory, Trait("Obligation", "9")]
    [InlineData("..\r\n", ".\r\n")]
    [InlineData("..x\r\n", ".x\r\n")]
    [InlineData(".x\r\n", "x\r\n")]
    [InlineData("...\r\n", "..\r\n")]
    [InlineData("a\r\n..\r\nb\r\n", "a\r\n.\r\nb\r\n")]
    [InlineData("a.b\r\nc.\r\n", "a.b\r\nc.\r\n")]
    public async Task Exactly_one_dot_is_taken_off_a_line_that_begins_with_one(string sent, string received) =>
        Assert.Equal(received, await MessageAsync(sent));

    [Theory, Trait("Obligation", "10")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("\r\n", "\r\n")]
    [InlineData("", "")]
    public async Task The_CRLF_before_the_termination_octet_belongs_to_the_message(string sent, string received) =>
        Assert.Equal(received, await MessageAsync(sent));

    [Theory, Trait("Obligation", "11")]
    [InlineData("x\n.\nAFTER\r\n")]
    [InlineData("x\r.\rAFTER\r\n")]
    [InlineData("x\n.\r\nAFTER\r\n")]
    [InlineData("x\r.\r\nAFTER\r\n")]
    [InlineData("x\r\r\n\n\rAFTER\r\n")]
    [InlineData("nul \0 \0\r\n8-bit \x80\xff\r\n")]
    [InlineData("+OK\r\n-ERR x\r\n+OK 5 octets\r\nQUIT\r\n")]
    public async Task Bare_CR_bare_LF_NUL_and_8_bit_are_data(string sent) => Assert.Equal(sent, await MessageAsync(sent));

    [Theory, Trait("Obligation", "11")]
    [InlineData("x\r\n.\rAFTER\r\n", "x\r\n\rAFTER\r\n")]
    [InlineData("x\r\n.\nAFTER\r\n", "x\r\n\nAFTER\r\n")]
    [InlineData("x\r\n.\r\rAFTER\r\n", "x\r\n\r\rAFTER\r\n")]
    public async Task A_dot_line_that_does_not_end_in_CRLF_is_no_end(string sent, string received) =>
        Assert.Equal(received, await MessageAsync(sent));

    [Fact, Trait("Obligation", "12")]
    public async Task The_whole_dialogue_may_arrive_octet_by_octet()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("UIDL");
            await script.PlayAsync("""
                C: STAT
                S: +OK 2 320
                C: LIST
                S: +OK
                S: 1 120
                S: 2 200
                S: .
                C: UIDL
                S: +OK
                S: 1 a
                S: 2 b
                S: .
                C: RETR 1
                S: +OK
                S: ..x
                S: .y
                S: .
                """);
        }, dribbles: true);
        await using var session = await server.OpenAsync();
        var listing = await session.ListMaildropAsync(default);
        Assert.Equal([new ListedMessage(1, 120, "a"), new ListedMessage(2, 200, "b")], listing.Messages);
        Assert.Equal(".x\r\ny\r\n", await session.RetrieveAsync());
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "15")]
    public async Task A_refused_command_can_be_asked_again()
    {
        await using var server = ScriptedServer.Play("""
            C: UIDL
            S: -ERR not now
            C: UIDL
            S: +OK
            S: 1 a
            S: .
            """, "UIDL");
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAsync<Pop3RefusedException>(() => session.UidlAsync(default));
        Assert.Single(await session.UidlAsync(default));
        Assert.True(session.Capabilities.Uidl);
    }

    [Fact, Trait("Obligation", "16")]
    public async Task An_unsolicited_ERR_is_not_taken_for_the_answer_of_the_next_command()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.PlayAsync("C: NOOP\nS: +OK\nS: -ERR Disconnected for inactivity.");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await session.NoopAsync(default);
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.DeleteAsync([1], default));
        Assert.Equal("pop.example.com:110: the server said \"-ERR Disconnected for inactivity.\\r\\n\" before DELE 1 was sent; the session was ended.", wrong.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "16")]
    public async Task An_unsolicited_ERR_in_a_segment_of_its_own_is_noticed_before_the_next_command()
    {
        var (answered, said) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.PlayAsync("C: NOOP\nS: +OK");
            await answered.Task;
            await script.SendAsync("-ERR [SYS/TEMP] shutting down\r\n");
            said.SetResult();
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await session.NoopAsync(default);
        answered.SetResult();
        await said.Task;
        Assert.Contains("[SYS/TEMP]", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.QuitAsync(default))).Message);
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_server_that_ends_its_lines_in_LF_is_refused_at_once()
    {
        await using var server = ScriptedServer.Run(script => script.SendAsync("+OK hello\n"));
        Assert.Contains("ends in LF alone", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync())).Message);
    }

    static async Task<string> MessageAsync(string stuffed)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await script.SendAsync($"+OK\r\n{stuffed}.\r\n");
            await script.PlayAsync("C: NOOP\nS: +OK in step");
        });
        await using var session = await server.OpenAsync();
        var text = await session.RetrieveAsync();
        Assert.Equal("+OK in step", (await session.NoopAsync(default)).ToString());
        await server.FinishAsync();
        return text;
    }
}
