using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 6856: UTF8, the command, the code, and names in UTF-8.</summary>
public sealed class Utf8Tests : ServerTest
{
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
}
