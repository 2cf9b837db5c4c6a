using MailIngest.Pop3.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 1939 §4, §7 and RFC 2449 §8, RFC 3206: USER, PASS, APOP, the lock and the response codes.</summary>
public sealed class SignInTests : ServerTest
{
    [Fact, Trait("Obligation", "13")]
    public async Task PASS_without_a_password_is_refused_and_the_right_one_may_follow()
    {
        var client = await ConnectAsync();
        await client.AskAsync("USER alice");
        Assert.Equal("-ERR PASS needs an argument", await client.AskAsync("PASS"));
        await client.AskAsync("USER alice");
        AssertOk(await client.AskAsync("PASS secret"));
    }

    [Fact, Trait("Obligation", "17")]
    public async Task At_least_USER_and_PASS_sign_in()
    {
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("USER alice"));
        AssertOk(await client.AskAsync("PASS secret"));
        AssertOk(await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "18")]
    public async Task Signing_in_takes_the_exclusive_lock_and_nothing_is_marked()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        Assert.True(Maildrop.IsLocked);
        Assert.Equal("+OK 1 17", await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "18"), Trait("Obligation", "60")]
    public async Task A_second_session_is_told_IN_USE_and_may_try_again_on_the_same_connection()
    {
        var first = await SignInAsync();
        var second = await ConnectAsync();
        AssertOk(await second.AskAsync("USER alice"));
        Assert.StartsWith("-ERR [IN-USE] ", await second.AskAsync("PASS secret"));

        AssertOk(await first.AskAsync("QUIT"));
        AssertOk(await second.AskAsync("USER alice"));
        AssertOk(await second.AskAsync("PASS secret"));
    }

    [Fact, Trait("Obligation", "19"), Trait("Obligation", "64")]
    public async Task A_maildrop_that_cannot_be_opened_is_SYS_TEMP_and_its_lock_is_free_before_the_refusal()
    {
        var folder = Directory.CreateTempSubdirectory("maildrop-");
        var broken = Maildrop.Open(folder.FullName);
        folder.Delete();
        Accounts["bob"] = new("secret", broken);
        var client = await ConnectAsync();
        await client.AskAsync("USER bob");
        Assert.StartsWith("-ERR [SYS/TEMP] ", await client.AskAsync("PASS secret"));
        Assert.False(broken.IsLocked);
        AssertOk(await client.AskAsync("USER alice"));
        AssertOk(await client.AskAsync("PASS secret"));
    }

    [Fact, Trait("Obligation", "46")]
    public async Task USER_does_not_tell_whether_the_name_exists()
    {
        var client = await ConnectAsync();
        var known = await client.AskAsync("USER alice");
        Assert.Equal(known, await client.AskAsync("USER nobody"));
        var wrongName = await client.AskAsync("PASS secret");
        await client.AskAsync("USER alice");
        Assert.Equal(wrongName, await client.AskAsync("PASS wrong"));
    }

    [Fact, Trait("Obligation", "46")]
    public async Task USER_may_be_repeated_after_a_failure()
    {
        var client = await ConnectAsync();
        await client.AskAsync("USER alice");
        AssertRefused(await client.AskAsync("PASS wrong"));
        AssertOk(await client.AskAsync("USER alice"));
        AssertOk(await client.AskAsync("PASS secret"));
    }

    [Theory, Trait("Obligation", "47")]
    [InlineData("CAPA")]
    [InlineData("NOOP")]
    [InlineData("FOO")]
    [InlineData("PASS wrong")]
    public async Task PASS_is_taken_only_directly_after_USER(string between)
    {
        Start(Plain with { AnnounceCapa = false });
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync("PASS secret"));
        AssertOk(await client.AskAsync("USER alice"));
        AssertRefused(await client.AskAsync(between));
        AssertRefused(await client.AskAsync("PASS secret"));
    }

    [Theory, Trait("Obligation", "47")]
    [InlineData(" two  words ")]
    [InlineData(" ")]
    [InlineData("a b")]
    public async Task Spaces_are_part_of_the_password(string password)
    {
        Accounts["bob"] = new(password, new Maildrop());
        var client = await ConnectAsync();
        await client.AskAsync("USER bob");
        AssertOk(await client.AskAsync("PASS " + password));
    }

    [Fact, Trait("Obligation", "49")]
    public async Task APOP_takes_the_digest_over_a_timestamp_that_is_new_in_each_greeting()
    {
        Accounts["mrose"] = new("tanstaaf", Maildrop, Apop: true);
        Start(Plain with { Apop = true });
        var seen = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            await using var client = await RawClient.ConnectAsync(Server.Port);
            var greeting = await client.LineAsync();
            var timestamp = greeting[greeting.IndexOf('<', StringComparison.Ordinal)..];
            Assert.Matches("^<[0-9A-Za-z.]+@[0-9A-Za-z.]+>$", timestamp);
            Assert.True(seen.Add(timestamp));

            AssertRefused(await client.AskAsync("APOP mrose c4c9334bac560ecc979e58001b3e22fb"));
            AssertOk(await client.AskAsync("APOP mrose " + Md5(timestamp + "tanstaaf")));
            AssertOk(await client.AskAsync("QUIT"));
        }
    }

    [Fact, Trait("Obligation", "49")]
    public void The_digest_of_the_RFC_is_lower_case_hex_MD5() =>
        Assert.Equal("c4c9334bac560ecc979e58001b3e22fb", Md5("<1896.697170952@dbc.mtview.ca.us>tanstaaf"));

    [Fact, Trait("Obligation", "50")]
    public async Task A_user_has_either_APOP_or_a_password_not_both()
    {
        Accounts["mrose"] = new("tanstaaf", Maildrop, Apop: true);
        Start(Plain with { Apop = true });
        var client = await ConnectSilentlyAsync();
        var greeting = await client.LineAsync();
        var timestamp = greeting[greeting.IndexOf('<', StringComparison.Ordinal)..];
        await client.AskAsync("USER mrose");
        AssertRefused(await client.AskAsync("PASS tanstaaf"));
        AssertRefused(await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0mrose\0tanstaaf"u8)));
        AssertRefused(await client.AskAsync("APOP alice " + Md5(timestamp + "secret")));
        AssertOk(await client.AskAsync("APOP mrose " + Md5(timestamp + "tanstaaf")));
    }

    [Fact, Trait("Obligation", "59")]
    public async Task LOGIN_DELAY_is_announced_and_enforced_after_a_successful_sign_in()
    {
        var clock = new FakeTimeProvider();
        Start(Plain with { Clock = clock, LoginDelay = TimeSpan.FromSeconds(300) });
        var first = await ConnectAsync();
        Assert.Contains("LOGIN-DELAY 300\r\n", (await first.AskBlockAsync("CAPA")).Block);
        await first.AskAsync("USER alice");
        AssertRefused(await first.AskAsync("PASS wrong"));
        AssertOk((await AskAsync(first, "USER alice", "PASS secret"))[1]);
        AssertOk(await first.AskAsync("QUIT"));

        var second = await ConnectAsync();
        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.StartsWith("-ERR [LOGIN-DELAY] ", (await AskAsync(second, "USER alice", "PASS secret"))[1]);
        clock.Advance(TimeSpan.FromSeconds(1));
        AssertOk((await AskAsync(second, "USER alice", "PASS secret"))[1]);
    }

    [Fact, Trait("Obligation", "65")]
    public async Task A_wrong_password_is_AUTH_and_USER_never_is()
    {
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("USER nobody"));
        Assert.StartsWith("-ERR [AUTH] ", await client.AskAsync("PASS wrong"));
        Assert.StartsWith("-ERR [AUTH] ", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0alice\0wrong"u8)));
    }

    [Fact, Trait("Obligation", "66")]
    public async Task Without_AUTH_RESP_CODE_a_wrong_password_carries_no_AUTH_code()
    {
        Start(Plain with { AuthRespCode = false });
        var client = await ConnectAsync();
        Assert.DoesNotContain("AUTH-RESP-CODE", (await client.AskBlockAsync("CAPA")).Block);
        var answer = (await AskAsync(client, "USER alice", "PASS wrong"))[1];
        Assert.StartsWith("-ERR ", answer);
        Assert.DoesNotContain("[", answer);
    }

    [Fact, Trait("Obligation", "66")]
    public async Task With_AUTH_RESP_CODE_a_refusal_for_another_reason_carries_no_AUTH_code()
    {
        await SignInAsync();
        var second = await ConnectAsync();
        Assert.DoesNotContain("[AUTH]", await second.AskAsync("PASS early"));
        Assert.DoesNotContain("[AUTH]", (await AskAsync(second, "USER alice", "PASS secret"))[1]);
    }

#pragma warning disable CA5351 // APOP is MD5
    static string Md5(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.ASCII.GetBytes(text)));
#pragma warning restore CA5351
}
