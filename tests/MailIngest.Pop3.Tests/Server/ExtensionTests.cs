using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 2449: CAPA, response codes and PIPELINING; and the lenient mode.</summary>
public sealed class ExtensionTests : ServerTest
{
    [Fact, Trait("Obligation", "51"), Trait("Obligation", "58")]
    public async Task Response_codes_stand_at_the_start_of_the_text_and_only_when_announced()
    {
        await SignInAsync();
        var second = await ConnectAsync();
        Assert.Contains("RESP-CODES\r\n", (await second.AskBlockAsync("CAPA")).Block);
        Assert.Matches("^-ERR \\[IN-USE\\] .", (await AskAsync(second, "USER alice", "PASS secret"))[1]);
    }

    [Fact, Trait("Obligation", "58")]
    public async Task Without_RESP_CODES_no_refusal_carries_a_code()
    {
        Start(Plain with { RespCodes = false, AuthRespCode = false });
        await SignInAsync();
        var second = await ConnectAsync();
        Assert.DoesNotContain("RESP-CODES", (await second.AskBlockAsync("CAPA")).Block);
        Assert.Matches("^-ERR [^\\[]", (await AskAsync(second, "USER alice", "PASS secret"))[1]);
    }

    [Fact, Trait("Obligation", "52"), Trait("Obligation", "53"), Trait("Obligation", "78")]
    public async Task CAPA_answers_in_both_states_and_what_was_announced_stays_announced()
    {
        Start(Plain with { Utf8 = true });
        var client = await ConnectAsync();
        var before = (await client.AskBlockAsync("CAPA")).Block.Split("\r\n");
        await AskAsync(client, "USER alice", "PASS secret");
        var after = (await client.AskBlockAsync("CAPA")).Block.Split("\r\n");
        Assert.Subset(after.ToHashSet(), before.ToHashSet());
        Assert.Contains("SASL PLAIN", after);
    }

    [Fact, Trait("Obligation", "52")]
    public async Task A_server_without_CAPA_refuses_it()
    {
        Start(Plain with { AnnounceCapa = false });
        AssertRefused(await (await ConnectAsync()).AskAsync("CAPA"));
    }

    [Fact, Trait("Obligation", "63")]
    public async Task What_is_implemented_is_announced_and_nothing_else()
    {
        Start(Plain);
        var client = await ConnectAsync();
        Assert.Equal(
            "TOP\r\nUIDL\r\nUSER\r\nSASL PLAIN\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nIMPLEMENTATION MailIngest\r\n.\r\n",
            (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "63")]
    public async Task What_is_switched_off_is_not_announced()
    {
        Start(Plain with { Top = false, Uidl = false, Sasl = [], RespCodes = false, AuthRespCode = false, Pipelining = false,
            Apop = true });
        var client = await ConnectAsync();
        Assert.Equal("USER\r\nIMPLEMENTATION MailIngest\r\n.\r\n", (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "62")]
    public async Task Further_capabilities_are_announced_as_given()
    {
        Start(Plain with { ExtraCapabilities = ["EXPIRE 0", "LOGIN-DELAY 900 USER"] });
        var client = await ConnectAsync();
        Assert.Contains("\r\nEXPIRE 0\r\nLOGIN-DELAY 900 USER\r\n", (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact]
    public async Task PIPELINING_can_be_announced_after_signing_in_only()
    {
        Start(Plain with { CapaPipeliningOnlyAfterSignIn = true });
        var client = await ConnectAsync();
        Assert.DoesNotContain("PIPELINING", (await client.AskBlockAsync("CAPA")).Block);
        await AskAsync(client, "USER alice", "PASS secret");
        Assert.Contains("PIPELINING\r\n", (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "61")]
    public async Task Pipelined_commands_are_answered_in_order_whatever_their_split()
    {
        for (var i = 0; i < 5; i++)
            Add($"{i}\r\n", $"id{i}");
        const string Dialogue =
            "USER alice\r\nPASS secret\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nDELE 1\r\nRETR 1\r\nRETR 5\r\nNOOP\r\nRSET\r\nQUIT\r\n";
        var whole = await ConnectAsync();
        await whole.SendAsync(Dialogue);
        var expected = await whole.RestAsync();
        Assert.Contains("+OK 5 85\r\n+OK\r\n1 17\r\n", expected);
        Assert.EndsWith("+OK bye\r\n", expected);

        foreach (var size in new[] { 1, 2, 3, 7, 64 })
        {
            var client = await ConnectAsync();
            foreach (var part in Dialogue.Chunk(size))
                await client.SendAsync(new string(part));
            Assert.Equal(expected, await client.RestAsync());
        }
    }

    [Fact, Trait("Obligation", "61")]
    public async Task Many_commands_before_the_first_read_are_all_answered()
    {
        var client = await SignInAsync();
        const int Count = 50_000;
        var sending = client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", Count)));
        for (var i = 0; i < Count; i++)
            Assert.Equal("+OK", await client.LineAsync());
        await sending;
    }

    [Theory, Trait("Obligation", "100")]
    [InlineData("RETR  1\r\n")]
    [InlineData("RETR 01\r\n")]
    [InlineData("RETR 1 \r\n")]
    [InlineData("RETR 1\n")]
    public async Task A_lenient_server_takes_several_spaces_and_bare_line_feeds(string command)
    {
        Add("x\r\n");
        Start(Plain with { Lenient = true });
        var client = await SignInAsync();
        await client.SendAsync(command);
        AssertOk(await client.LineAsync());
        await client.BlockAsync();
    }

    [Theory, Trait("Obligation", "100")]
    [InlineData("STAT foo", true)]
    [InlineData("NOOP x", true)]
    [InlineData("RETR 1 2", false)]
    [InlineData("RETR +1", false)]
    [InlineData("RETR 0", false)]
    [InlineData("RETR 4294967297", false)]
    public async Task A_lenient_server_ignores_arguments_where_none_belong_and_nowhere_else(string command, bool taken)
    {
        Add("x\r\n");
        Start(Plain with { Lenient = true });
        var client = await SignInAsync();
        Assert.Equal(taken, (await client.AskAsync(command)).StartsWith("+OK", StringComparison.Ordinal));
    }
}
