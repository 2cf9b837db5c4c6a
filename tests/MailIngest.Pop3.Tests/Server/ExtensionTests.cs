using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 2449, RFC 5034, RFC 6856: CAPA, PIPELINING, AUTH PLAIN and UTF8.</summary>
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
        Assert.Equal("TOP\r\nUIDL\r\nUSER\r\nSASL PLAIN\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nIMPLEMENTATION MailIngest\r\n.\r\n",
            (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "63")]
    public async Task What_is_switched_off_is_not_announced()
    {
        Start(Plain with { Top = false, Uidl = false, SaslPlain = false, RespCodes = false, AuthRespCode = false, Pipelining = false, Apop = true });
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
        const string Dialogue = "USER alice\r\nPASS secret\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nDELE 1\r\nRETR 1\r\nRETR 5\r\nNOOP\r\nRSET\r\nQUIT\r\n";
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

    // AUTH PLAIN

    static readonly string Right = Convert.ToBase64String("\0alice\0secret"u8);

    [Fact, Trait("Obligation", "80"), Trait("Obligation", "83"), Trait("Obligation", "87")]
    public async Task PLAIN_without_an_initial_response_gets_an_empty_challenge()
    {
        var client = await ConnectAsync();
        Assert.Equal("+ ", await client.AskAsync("AUTH PLAIN"));
        AssertOk(await client.AskAsync(Right));
        AssertOk(await client.AskAsync("STAT"));
    }

    [Theory, Trait("Obligation", "81")]
    [InlineData("plain")]
    [InlineData("PLAIN")]
    public async Task PLAIN_takes_an_initial_response(string mechanism)
    {
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync($"AUTH {mechanism} {Right}"));
    }

    [Fact, Trait("Obligation", "82"), Trait("Obligation", "89")]
    public async Task A_SASL_response_may_be_longer_than_a_command()
    {
        var (user, password) = (new string('u', 300), new string('p', 1000));
        Accounts[user] = new(password, Maildrop);
        var client = await ConnectAsync();
        await client.AskAsync("AUTH PLAIN");
        AssertOk(await client.AskAsync(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{user}\0{password}"))));
    }

    [Fact, Trait("Obligation", "82")]
    public async Task A_SASL_response_without_end_is_refused()
    {
        var client = await ConnectAsync();
        await client.AskAsync("AUTH PLAIN");
        AssertRefused(await client.AskAsync(new string('A', 70_000)));
        AssertOk(await client.AskAsync("AUTH PLAIN " + Right));
    }

    [Theory, Trait("Obligation", "84")]
    [InlineData("AGFsaWNlAHNlY3JldA=")]
    [InlineData("AGFsaWNlAHNlY3Jld")]
    [InlineData("AGFs*WNlAHNlY3JldA==")]
    [InlineData("AGFs aWNlAHNlY3JldA==")]
    [InlineData("=AGFsaWNlAHNlY3JldA=")]
    [InlineData("AGFs====AHNlY3JldA==")]
    [InlineData("AGFsaWNlAHNlY3JldA==\t")]
    [InlineData("====")]
    public async Task What_is_not_base64_is_refused(string response)
    {
        var client = await ConnectAsync();
        Assert.Equal("+ ", await client.AskAsync("AUTH PLAIN"));
        AssertRefused(await client.AskAsync(response));
        AssertRefused(await client.AskAsync("AUTH PLAIN " + response));
        AssertOk(await client.AskAsync("AUTH PLAIN " + Right));
    }

    [Fact, Trait("Obligation", "85"), Trait("Obligation", "86")]
    public async Task A_star_cancels_and_leaves_everything_as_it_was()
    {
        var client = await ConnectAsync();
        await client.AskAsync("AUTH PLAIN");
        AssertRefused(await client.AskAsync("*"));
        AssertRefused(await client.AskAsync("STAT"));
        AssertOk((await AskAsync(client, "USER alice", "PASS secret"))[1]);
    }

    [Theory, Trait("Obligation", "86"), Trait("Obligation", "89")]
    [InlineData("=")]
    [InlineData("AA==")]
    [InlineData("YWxpY2U=")]
    [InlineData("AGFsaWNlAHNlY3JldABtb3Jl")]
    [InlineData("Ym9iAGFsaWNlAHNlY3JldA==")]
    [InlineData("AGFsaWNlAHdyb25n")]
    [InlineData("AP9hbGljZQBzZWNyZXQ=")]
    public async Task A_wrong_PLAIN_message_is_refused_and_another_may_follow(string response)
    {
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync("AUTH PLAIN " + response));
        AssertOk(await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("alice\0alice\0secret"u8)));
    }

    [Theory, Trait("Obligation", "79")]
    [InlineData("AUTH PLAIN")]
    [InlineData("AUTH FOO")]
    [InlineData("AUTH")]
    public async Task AUTH_is_refused_once_signed_in(string command)
    {
        var client = await SignInAsync();
        AssertRefused(await client.AskAsync(command));
        AssertOk(await client.AskAsync("NOOP"));
    }

    [Theory, Trait("Obligation", "83")]
    [InlineData("AUTH")]
    [InlineData("AUTH CRAM-MD5")]
    [InlineData("AUTH CRAM-MD5 AAAA")]
    [InlineData("AUTH PLAIN AAAA AAAA")]
    public async Task Other_mechanisms_and_forms_of_AUTH_are_refused(string command)
    {
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync(command));
    }

    // UTF8

    [Fact, Trait("Obligation", "94")]
    public async Task UTF8_is_for_AUTHORIZATION_takes_no_argument_and_ends_STLS()
    {
        Start(Stls with { Utf8 = true, CleartextBeforeStls = true });
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync("UTF8 x"));
        AssertOk(await client.AskAsync("UTF8"));
        AssertRefused(await client.AskAsync("STLS"));
        await AskAsync(client, "USER alice", "PASS secret");
        AssertRefused(await client.AskAsync("UTF8"));
    }

    [Fact, Trait("Obligation", "95")]
    public async Task Without_UTF8_a_message_with_an_8_bit_header_is_refused_with_the_UTF8_code()
    {
        Maildrop.Add("Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n"u8.ToArray());
        Add("an 8-bit body is fine: \u00e9\r\n");
        Start(Plain with { Utf8 = true });
        var client = await SignInAsync();
        Assert.StartsWith("-ERR [UTF8] ", await client.AskAsync("RETR 1"));
        Assert.StartsWith("-ERR [UTF8] ", await client.AskAsync("TOP 1 0"));
        AssertOk((await client.AskBlockAsync("RETR 2")).Status);
    }

    [Theory, Trait("Obligation", "95"), Trait("Obligation", "96")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_UTF8_or_where_it_is_not_offered_messages_are_sent_as_they_are(bool offered)
    {
        var message = "Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n"u8.ToArray();
        Maildrop.Add(message);
        Start(Plain with { Utf8 = offered });
        var client = await ConnectAsync();
        await AskAsync(client, offered ? "UTF8" : "CAPABLE", "USER alice", "PASS secret");
        Assert.Equal($"+OK 1 {message.Length}", await client.AskAsync("LIST 1"));
        Assert.Equal(string.Concat(message.Select(b => (char)b)) + ".\r\n", (await client.AskBlockAsync("RETR 1")).Block);
    }

    [Fact, Trait("Obligation", "97")]
    public async Task UTF8_USER_takes_names_and_passwords_in_UTF8_and_refuses_malformed_ones()
    {
        Accounts["j\u00fcrgen"] = new("gr\u00fc\u00dfe", Maildrop);
        Start(Plain with { Utf8 = true });
        var client = await ConnectAsync();
        Assert.Contains("UTF8 USER\r\n", (await client.AskBlockAsync("CAPA")).Block);
        AssertRefused(await client.AskAsync("USER j\u00fcrgen")); // Latin-1 on the wire
        AssertOk(await client.AskAsync("USER j\u00c3\u00bcrgen"));
        AssertOk(await client.AskAsync("PASS gr\u00c3\u00bc\u00c3\u009fe"));
    }

    // Lenient

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
