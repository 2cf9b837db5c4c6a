using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 1939 §4 to §6, §8, §9: the TRANSACTION and UPDATE states, listings, numbers and sizes.</summary>
public class Rfc1939Transaction
{
    [Fact, Trait("Obligation", "19")]
    public async Task A_maildrop_that_cannot_be_opened_is_refused_and_nothing_more_is_sent()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: -ERR [IN-USE] unable to lock maildrop");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        Assert.Equal("PASS ****", refused.Command);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "21")]
    public async Task A_number_means_what_this_session_lists_and_nothing_else()
    {
        foreach (var (number, id) in new[] { (1, "a"), (7, "a") })
        {
            await using var server = ScriptedServer.Play($"C: UIDL\nS: +OK\nS: {number} {id}\nS: .\nC: RETR {number}\nS: +OK\nS: .");
            await using var session = await server.OpenAsync();
            await session.RetrieveAsync((await session.UidlAsync(default)).Single(listed => listed.UniqueId == "a").Number);
            await server.FinishAsync();
        }
    }

    [Theory, Trait("Obligation", "24")]
    [InlineData("+OK 2 320", 2, 320)]
    [InlineData("+OK 2 320 and more", 2, 320)]
    [InlineData("+OK 0 0", 0, 0)]
    [InlineData("+OK 3 -2147483648", 3, -1)]
    [InlineData("+OK 3 99999999999999999999", 3, -1)]
    [InlineData("+OK  4   5", 4, 5)]
    public async Task STAT_is_two_numbers_and_what_follows_is_ignored(string answer, int messages, long octets)
    {
        await using var server = ScriptedServer.Play($"C: STAT\nS: {answer}");
        await using var session = await server.OpenAsync();
        Assert.Equal(new DropListing(messages, octets), await session.StatAsync(default));
    }

    [Theory, Trait("Obligation", "24")]
    [InlineData("+OK")]
    [InlineData("+OK two")]
    [InlineData("+OK -1 0")]
    [InlineData("+OK 99999999999 0")]
    public async Task STAT_without_a_count_breaks_the_session(string answer)
    {
        await using var server = ScriptedServer.Play($"C: STAT\nS: {answer}");
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.StatAsync(default));
        Assert.True(session.IsBroken);
    }

    [Fact, Trait("Obligation", "25")]
    public async Task LIST_is_number_and_octets_and_what_follows_is_ignored()
    {
        await using var server = ScriptedServer.Play("""
            C: LIST
            S: +OK 3 messages
            S: 1 120
            S: 3   200 extra words
            S: 10 0
            S: .
            C: LIST 3
            S: +OK 3 200 extra
            C: LIST
            S: +OK
            S: .
            """);
        await using var session = await server.OpenAsync();
        Assert.Equal([new(1, 120), new(3, 200), new(10, 0)], await session.ListAsync(default));
        Assert.Equal(new ScanListing(3, 200), await session.ListAsync(3, default));
        Assert.Empty(await session.ListAsync(default));
    }

    [Theory, Trait("Obligation", "25")]
    [InlineData("0 120")]
    [InlineData("-1 120")]
    [InlineData("1")]
    [InlineData("1 many")]
    [InlineData("1 -5")]
    [InlineData("1x 120")]
    [InlineData("2147483648 120")]
    [InlineData("1 120\n2 130")]
    [InlineData("")]
    [InlineData("+OK")]
    public async Task A_line_of_LIST_that_is_no_scan_listing_breaks_the_session(string line)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("LIST");
            await script.SendAsync($"+OK\r\n{line}\r\n.\r\n");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        Assert.Contains("makes no sense", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.ListAsync(default))).Message);
        await server.FinishAsync();
    }

    [Theory]
    [InlineData("+OK 4 200")]
    [InlineData("+OK here it is")]
    [InlineData("+OK")]
    public async Task An_answer_that_is_not_about_the_message_asked_for_breaks_the_session(string answer)
    {
        await using var server = ScriptedServer.Play($"C: LIST 3\nS: {answer}");
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.ListAsync(3, default));
    }

    [Theory, Trait("Obligation", "26")]
    [InlineData("+OK")]
    [InlineData("+OK 2 octets")]
    [InlineData("+OK 99999 octets follow")]
    public async Task The_text_after_OK_is_not_the_length_of_a_message(string answer)
    {
        await using var server = ScriptedServer.Play($"C: RETR 1\nS: {answer}\nS: hello\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal("hello\r\n", await session.RetrieveAsync(1, 120));
    }

    [Fact, Trait("Obligation", "30")]
    public async Task No_text_but_that_of_STAT_LIST_and_UIDL_means_anything()
    {
        await using var server = ScriptedServer.Play("""
            C: NOOP
            S: +OK error: permission denied, -ERR, 5 messages deleted
            C: DELE 1
            S: -ERR success, message 1 deleted
            C: QUIT
            S: +OK nothing was removed
            """);
        await using var session = await server.OpenAsync();
        Assert.True((await session.NoopAsync(default)).Ok);
        Assert.False((await session.DeleteAsync([1], default)).Single().Ok);
        Assert.True((await session.QuitAsync(default)).Ok);
    }

    [Fact, Trait("Obligation", "35")]
    public async Task A_refused_QUIT_is_returned_and_not_swallowed()
    {
        await using var server = ScriptedServer.Play("C: QUIT\nS: -ERR some deleted messages not removed");
        await using var session = await server.OpenAsync();
        var reply = await session.QuitAsync(default);
        Assert.False(reply.Ok);
        Assert.Equal("-ERR some deleted messages not removed", reply.ToString());
    }

    [Fact, Trait("Obligation", "36")]
    public async Task A_lost_answer_to_QUIT_is_an_exception()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("QUIT");
            await script.CloseAsync();
        });
        await using var session = await server.OpenAsync();
        var lost = await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.QuitAsync(default));
        Assert.True(lost.ConnectionLost);
        Assert.Equal("pop.example.com:110: the server closed the connection while the answer to QUIT was awaited.", lost.Message);
    }

    [Fact, Trait("Obligation", "38")]
    public async Task RSET_may_go_before_QUIT()
    {
        await using var server = ScriptedServer.Play("C: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: QUIT\nS: +OK");
        await using var session = await server.OpenAsync();
        await session.DeleteAsync([1], default);
        await session.ResetAsync(default);
        await session.QuitAsync(default);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "38")]
    public async Task After_octets_that_nobody_asked_for_QUIT_is_not_sent()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            // A message whose first line is an unstuffed "." ends its own answer; the rest would be the next one's.
            await script.PlayAsync("C: RETR 1\nS: +OK\nS: .\nS: +OK\nS: From: mallory\nS: .");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        Assert.Equal("", await session.RetrieveAsync());
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.QuitAsync(default));
        Assert.True(session.IsBroken);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "38")]
    public async Task Disposing_without_QUIT_sends_nothing()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.PlayAsync("C: DELE 1\nS: +OK");
            await script.ExpectCloseAsync();
        });
        await using (var session = await server.OpenAsync()) await session.DeleteAsync([1], default);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "39")]
    public async Task Retrieving_deletes_nothing_by_itself_and_DELE_is_sent_when_it_is_asked_for()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: .\nC: RETR 2\nS: +OK\nS: .\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK", "EXPIRE 0");
        await using var session = await server.OpenAsync();
        await session.RetrieveAsync(1);
        await session.RetrieveAsync(2);
        await session.DeleteAsync([2], default);
        await session.QuitAsync(default);
        await server.FinishAsync();
    }

    [Fact]
    public async Task After_QUIT_nothing_can_be_sent()
    {
        await using var server = ScriptedServer.Play("C: QUIT\nS: +OK");
        await using var session = await server.OpenAsync();
        await session.QuitAsync(default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.NoopAsync(default));
    }

    [Fact]
    public async Task A_refused_RETR_is_given_out_as_refused_and_the_session_goes_on()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: -ERR Message 1 expunged.\nC: RETR 2\nS: +OK\nS: b\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal(["-ERR Message 1 expunged.", "b\r\n"], await session.RetrieveAllAsync(Sessions.Messages(2)));
    }
}
