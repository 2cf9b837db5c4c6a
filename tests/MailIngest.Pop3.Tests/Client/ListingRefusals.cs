using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 1939 §5, §7: STAT, LIST and UIDL refused, or answered with what is no listing.</summary>
public class ListingRefusals
{
    const string Stat = "C: STAT\nS: +OK 1 5\n";
    const string List = "C: LIST\nS: +OK\nS: 1 5\nS: .\n";

    [Theory]
    [InlineData("STAT", "C: STAT\nS: -ERR no\n")]
    [InlineData("LIST", Stat + "C: LIST\nS: -ERR no\n")]
    [InlineData("UIDL", Stat + List + "C: UIDL\nS: -ERR no\n")]
    public async Task In_lock_step_nothing_more_is_asked_after_a_refusal_and_the_session_stays_usable(string refused, string transcript)
    {
        await using var server = ScriptedServer.Play(transcript + "C: NOOP\nS: +OK in step", "UIDL");
        await using var session = await server.OpenAsync();
        Assert.Equal(refused, (await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListMaildropAsync(default))).Command);
        Assert.Equal("+OK in step", (await session.NoopAsync(default)).ToString());
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_LIST_refused_inside_a_flight_leaves_the_session_in_step()
    {
        await using var server = ScriptedServer.Play(
            "C: STAT\nC: LIST\nC: UIDL\nS: +OK 1 5\nS: -ERR no\nS: +OK\nS: 1 a\nS: .\nC: NOOP\nS: +OK in step", "PIPELINING", "UIDL");
        await using var session = await server.OpenAsync();
        Assert.Equal("LIST", (await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListMaildropAsync(default))).Command);
        Assert.Equal("+OK in step", (await session.NoopAsync(default)).ToString());
    }

    [Fact]
    public async Task A_refused_STAT_is_an_exception_and_can_be_asked_again()
    {
        await using var server = ScriptedServer.Play("C: STAT\nS: -ERR [SYS/TEMP] no\nC: STAT\nS: +OK 2 320");
        await using var session = await server.OpenAsync();
        Assert.True((await Assert.ThrowsAsync<Pop3RefusedException>(() => session.StatAsync(default))).IsTransient);
        Assert.Equal(new DropListing(2, 320), await session.StatAsync(default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unique")]
    [InlineData("0 unique")]
    [InlineData("-1 unique")]
    [InlineData("2147483648 unique")]
    [InlineData("99999999999999999999 unique")]
    public async Task A_line_of_UIDL_without_a_message_number_breaks_the_session(string line)
    {
        await using var server = ScriptedServer.Play($"C: UIDL\nS: +OK\nS: {line}\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Contains("makes no sense", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.UidlAsync(default))).Message);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task The_largest_message_number_is_2147483647()
    {
        await using var server = ScriptedServer.Play("C: UIDL\nS: +OK\nS: 2147483647 last\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal([new UniqueIdListing(int.MaxValue, "last")], await session.UidlAsync(default));
    }

    [Fact, Trait("Obligation", "9")]
    public async Task Byte_stuffing_is_undone_in_listings_too()
    {
        await using var server = ScriptedServer.Play("", "..X-DOT", "TOP");
        await using var session = await server.OpenAsync();
        Assert.Equal([".X-DOT", "TOP"], session.Capabilities.Lines);
    }

    [Theory]
    [InlineData("+OK a\nb\r\n")]
    [InlineData("\n+OK\r\n")]
    public async Task A_status_line_with_a_bare_LF_inside_breaks_the_session(string answer)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("NOOP");
            await script.SendAsync(answer);
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        Assert.Contains("ends in LF alone", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.NoopAsync(default))).Message);
        await server.FinishAsync();
    }
}
