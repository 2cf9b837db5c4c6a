using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 1939 §7 and §13: UIDL, USER and PASS, APOP; and the listing that joins STAT, LIST and UIDL.</summary>
public class Rfc1939Optional
{
    [Fact, Trait("Obligation", "44")]
    public async Task Two_messages_with_one_unique_id_are_both_listed()
    {
        await using var server = ScriptedServer.Play("C: UIDL\nS: +OK\nS: 1 same\nS: 2 same\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal([new(1, "same"), new(2, "same")], await session.UidlAsync(default));
    }

    [Theory, Trait("Obligation", "45")]
    [InlineData("1 QhdPYR:00WBw1Ph7x7", "QhdPYR:00WBw1Ph7x7")]
    [InlineData("1   three-spaces", "three-spaces")]
    [InlineData("1 with two words", "with two words")]
    [InlineData("1 ../../../../etc/cron.d/x", "../../../../etc/cron.d/x")]
    [InlineData("1 8-bit-\xe9\xff\x80", "8-bit-\xe9\xff\x80")]
    [InlineData("1 nul-\0-esc-\x1b", "nul-\0-esc-\x1b")]
    [InlineData("+OK 1 after-a-status", "after-a-status")]
    [InlineData("1 ", "")]
    [InlineData("1", "")]
    public async Task A_unique_id_is_kept_octet_by_octet(string line, string uniqueId)
    {
        await using var server = ScriptedServer.Play($"C: UIDL\nS: +OK\nS: {line}\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal(uniqueId, (await session.UidlAsync(default)).Single().UniqueId);
    }

    [Fact, Trait("Obligation", "45")]
    public async Task Unique_ids_differ_by_case_and_may_be_longer_than_70()
    {
        var longer = new string('x', 900);
        await using var server = ScriptedServer.Play($"C: UIDL\nS: +OK\nS: 1 a\nS: 2 A\nS: 3 {longer}\nS: .");
        await using var session = await server.OpenAsync();
        Assert.Equal(["a", "A", longer], (await session.UidlAsync(default)).Select(listed => listed.UniqueId));
    }

    [Fact, Trait("Obligation", "47")]
    public async Task PASS_sends_the_password_as_it_is_with_its_spaces()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS  two  words \nS: +OK");
        });
        await using var session = await server.OpenAsync(signIn: new Pop3SignIn("mrose", " two  words "));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "47")]
    [InlineData("a\r\nDELE 1")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    [InlineData("")]
    public void A_name_or_password_that_no_command_can_carry_is_refused(string text)
    {
        Assert.Throws<ArgumentException>(() => new Pop3SignIn("mrose", text));
        Assert.Throws<ArgumentException>(() => new Pop3SignIn(text, "secret"));
    }

    [Fact, Trait("Obligation", "48")]
    public async Task PASS_is_not_sent_after_a_refused_USER()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: USER mrose\nS: -ERR no mailbox here");
            await script.ExpectCloseAsync();
        });
        Assert.Equal("USER mrose", (await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync())).Command);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "49")]
    public void The_APOP_digest_of_the_RFC_comes_out() =>
        Assert.Equal("c4c9334bac560ecc979e58001b3e22fb", Apop.Digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"));

    [Fact, Trait("Obligation", "49")]
    public async Task APOP_sends_name_and_digest()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK maildrop has 1 message (369 octets)");
        });
        await using var session = await server.OpenAsync(signIn: new Pop3SignIn("mrose", "tanstaaf", SignInMechanism.Apop));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "49")]
    [InlineData("no timestamp")]
    [InlineData("<1896.697170952>")]
    [InlineData("<@dbc.mtview.ca.us>")]
    [InlineData("<1896@>")]
    [InlineData("<18 96@dbc.mtview.ca.us>")]
    [InlineData("<1896@dbc@mtview.ca.us>")]
    [InlineData("<18\xe9\x96@dbc.mtview.ca.us>")]
    [InlineData("<1896\x01@dbc.mtview.ca.us>")]
    [InlineData("<1896@dbc.mtview.ca.us")]
    [InlineData("<<1896@dbc.mtview.ca.us>")]
    [InlineData("<>@<1896@dbc.mtview.ca.us>")]
    public async Task APOP_is_not_used_with_a_timestamp_that_is_no_msg_id(string greeting)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync($"+OK {greeting}\r\n");
            await script.CapaAsync();
            await script.ExpectCloseAsync();
        });
        await Assert.ThrowsAsync<Pop3SignInException>(() => server.OpenAsync(signIn: ScriptedServer.User(SignInMechanism.Apop)));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "50")]
    [InlineData(SignInMechanism.Auto)]
    [InlineData(SignInMechanism.UserPass)]
    public async Task APOP_is_used_only_when_it_is_named(SignInMechanism mechanism)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n");
            await script.CapaAsync();
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        });
        await using var session = await server.OpenAsync(signIn: ScriptedServer.User(mechanism));
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_listing_joins_LIST_and_UIDL_by_number_with_gaps_and_missing_unique_ids()
    {
        await using var server = ScriptedServer.Play("C: STAT\nS: +OK 4 460\nC: LIST\nS: +OK\nS: 5 50\nS: 1 120\nS: 2 200\nS: 9 90\nS: .\nC: UIDL\nS: +OK\nS: 9 nine\nS: 1 one\nS: 5 \nS: .", "UIDL");
        await using var session = await server.OpenAsync();
        var listing = await session.ListMaildropAsync(default);
        Assert.Equal([new(1, 120, "one"), new(2, 200, null), new(5, 50, null), new(9, 90, "nine")], listing.Messages);
        Assert.True(listing.HasUniqueIds);
        Assert.Equal(new DropListing(4, 460), listing.Drop);
    }

    [Theory]
    [InlineData("2 0", "1 1|1 1", "1 a", "LIST has message 1 twice")]
    [InlineData("2 0", "1 1|2 1", "1 a|1 b", "UIDL has message 1 twice")]
    [InlineData("3 0", "1 1|2 1", "1 a|2 b", "STAT counts 3 messages, LIST has 2")]
    [InlineData("1 0", "1 1|2 1", "1 a|2 b", "STAT counts 1 messages, LIST has 2")]
    [InlineData("2 0", "1 1|3 1", "1 a|2 b|3 c", "UIDL names message 2")]
    [InlineData("2 0", "1 1|3 1", "1 a|3 b|4 c", "UIDL names message 4")]
    [InlineData("2 0", "2 1|3 1", "1 a|2 b", "UIDL names message 1")]
    [InlineData("0 0", "", "1 a", "UIDL names message 1")]
    [InlineData("1 0", "1 1", "2 a|3 b", "UIDL names message 2")]
    [InlineData("1 0", "1 1", "1 a|1 b|1 c", "UIDL has message 1 twice")]
    [InlineData("1 0", "one", "", "\"one\", which makes no sense")]
    [InlineData("1 0", "1 1", "one a", "\"one a\", which makes no sense")]
    public async Task A_listing_that_contradicts_itself_breaks_the_session(string stat, string list, string uidl, string flaw)
    {
        static string Lines(string lines) => string.Concat(lines.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => $"S: {line}\n"));
        await using var server = ScriptedServer.Play($"C: STAT\nS: +OK {stat}\nC: LIST\nS: +OK\n{Lines(list)}S: .\nC: UIDL\nS: +OK\n{Lines(uidl)}S: .");
        await using var session = await server.OpenAsync();
        Assert.Contains(flaw, (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.ListMaildropAsync(default))).Message);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_refused_UIDL_is_no_unique_ids_when_it_is_not_announced_and_a_refusal_when_it_is()
    {
        const string Transcript = "C: STAT\nS: +OK 1 1\nC: LIST\nS: +OK\nS: 1 1\nS: .\nC: UIDL\nS: -ERR no";
        await using var old = ScriptedServer.Play(Transcript);
        await using var session = await old.OpenAsync();
        var listing = await session.ListMaildropAsync(default);
        Assert.False(listing.HasUniqueIds);
        Assert.Null(listing.Messages.Single().UniqueId);

        await using var busy = ScriptedServer.Play(Transcript, "UIDL");
        await using var other = await busy.OpenAsync();
        await Assert.ThrowsAsync<Pop3RefusedException>(() => other.ListMaildropAsync(default));
        Assert.False(other.IsBroken);
    }
}
