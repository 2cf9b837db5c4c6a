using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 5034 §4 and RFC 4616: AUTH PLAIN.</summary>
public sealed class SaslPlainTests : ServerTest
{
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

    [Fact]
    public async Task A_client_that_leaves_in_place_of_its_response_is_gone_and_not_signed_in()
    {
        var client = await ConnectAsync();
        Assert.Equal("+ ", await client.AskAsync("AUTH PLAIN"));
        client.Finish();
        Assert.Empty(await client.RestAsync());
        await Server.SessionsClosedAsync();
        Assert.Empty(Server.Events.SignIns);
    }

    [Theory, Trait("Obligation", "84")]
    [InlineData("AGFsaWNlAHNlY3JldB==")]
    [InlineData("AGFsaWNlAHNlY3JldA=")]
    [InlineData("AGFsaWNlAHNlY3Jld")]
    [InlineData("AGFs*WNlAHNlY3JldA==")]
    [InlineData("AGFs aWNlAHNlY3JldA==")]
    [InlineData("=AGFsaWNlAHNlY3JldA=")]
    [InlineData("AGFs====AHNlY3JldA==")]
    [InlineData("AGFsaWNlAHNlY3JldA==\t")]
    [InlineData("====")]
    [InlineData("A")]
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
}
