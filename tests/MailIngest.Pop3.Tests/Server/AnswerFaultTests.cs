using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Wrong answers, wrong listings and wrong content, seen on the wire.</summary>
public sealed class AnswerFaultTests : FaultTest
{
    [Fact]
    public async Task Any_command_can_be_refused_with_any_code_and_is_not_executed_then()
    {
        Start(FaultScript.None
            .At("USER", times: 1).Refuses("[SYS/TEMP] later")
            .At("PASS", times: 1).Refuses("[IN-USE] busy")
            .At("DELE", message: 1).Refuses("[SYS/PERM] no"));
        var client = await ConnectAsync();
        Assert.Equal("-ERR [SYS/TEMP] later", await client.AskAsync("USER alice"));
        await client.AskAsync("USER alice");
        Assert.Equal("-ERR [IN-USE] busy", await client.AskAsync("PASS secret"));
        Assert.False(Maildrop.IsLocked);
        await AskAsync(client, "USER alice", "PASS secret");
        Assert.Equal("-ERR [SYS/PERM] no", await client.AskAsync("DELE 1"));
        Assert.Equal("+OK 3 59", await client.AskAsync("STAT"));
    }

    [Fact]
    public async Task Any_line_can_be_the_answer()
    {
        Start(FaultScript.None.At("STAT").Answers("+OK 7 100").At("NOOP").Answers("").At("DELE").Answers("* BYE\r\n250 OK"));
        var client = await SignInAsync();
        Assert.Equal("+OK 7 100", await client.AskAsync("STAT"));
        Assert.Equal("", await client.AskAsync("NOOP"));
        Assert.Equal("* BYE", await client.AskAsync("DELE 1"));
        Assert.Equal("250 OK", await client.LineAsync());
        AssertOk((await client.AskBlockAsync("LIST")).Status);
    }

    [Fact]
    public async Task The_greeting_can_be_refused_replaced_cut_and_stalled()
    {
        Start(FaultScript.None
            .AtGreeting(session: 1).Refuses("too many connections")
            .AtGreeting(session: 2).Answers("HTTP/1.1 400 Bad Request")
            .AtGreeting(session: 3).CutAfterOctets(2)
            .AtGreeting(session: 4).CutBefore()
            .AtGreeting(session: 5).StallBefore());
        var client = await ConnectSilentlyAsync();
        Assert.Equal("-ERR too many connections\r\n", await client.RestAsync());
        client = await ConnectSilentlyAsync();
        Assert.Equal("HTTP/1.1 400 Bad Request", await client.LineAsync());
        client = await ConnectSilentlyAsync();
        Assert.Equal("+O", await client.RestAsync());
        client = await ConnectSilentlyAsync();
        Assert.Empty(await client.RestAsync());
        client = await ConnectSilentlyAsync();
        client.Finish();
        Assert.Empty(await client.RestAsync());
    }

    [Fact]
    public async Task Unsolicited_lines_come_before_and_after_an_answer()
    {
        Start(FaultScript.None
            .At("NOOP").SaysBefore("-ERR [SYS/TEMP] shutting down\r\n")
            .At("RETR").SaysAfter("-ERR Disconnected for inactivity.\r\n"));
        var client = await SignInAsync();
        Assert.Equal("-ERR [SYS/TEMP] shutting down", await client.AskAsync("NOOP"));
        Assert.Equal("+OK", await client.LineAsync());
        await client.AskBlockAsync("RETR 1");
        Assert.Equal("-ERR Disconnected for inactivity.", await client.LineAsync());
    }

    [Fact]
    public async Task Text_can_follow_status_lines_and_listings()
    {
        Start(FaultScript.None.At("LIST").AddsText(" extra text").At("STAT").AddsText(" (deleted 0)"));
        var client = await SignInAsync();
        Assert.Equal(("+OK extra text", "1 19 extra text\r\n2 19 extra text\r\n3 21 extra text\r\n.\r\n"),
            await client.AskBlockAsync("LIST"));
        Assert.Equal("+OK 3 59 (deleted 0)", await client.AskAsync("STAT"));
    }

    [Fact]
    public async Task LIST_can_say_another_size_leave_out_repeat_and_renumber()
    {
        Start(FaultScript.None
            .At("LIST", occurrence: 1).SaysOctets(2, 5100)
            .At("LIST", occurrence: 2).LeavesOut(2)
            .At("LIST", occurrence: 3).SaysTwice(2)
            .At("LIST", occurrence: 4).SaysNumber(3, 1)
            .At("LIST", occurrence: 5).RoundsOctets(1024)
            .At("LIST", message: 2).SaysOctets(2, 7));
        var client = await SignInAsync();
        Assert.Equal("1 19\r\n2 5100\r\n3 21\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("1 19\r\n3 21\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("1 19\r\n2 19\r\n2 19\r\n3 21\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("1 19\r\n2 19\r\n1 21\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("1 1024\r\n2 1024\r\n3 1024\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("+OK 2 7", await client.AskAsync("LIST 2"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    [InlineData("../../../../etc/cron.d/x")]
    [InlineData("has space inside")]
    [InlineData("\u00e9\u00ff\u0080")]
    [InlineData("\t\0\u001b[31m")]
    public async Task UIDL_can_say_any_octets_duplicates_and_nothing(string uniqueId)
    {
        Start(FaultScript.None.At("UIDL").SaysUniqueId(2, uniqueId));
        var client = await SignInAsync();
        Assert.Equal($"1 a\r\n2 {uniqueId}\r\n3 c\r\n.\r\n", (await client.AskBlockAsync("UIDL")).Block);
        Assert.Equal($"+OK 2 {uniqueId}", await client.AskAsync("UIDL 2"));
    }

    [Fact]
    public async Task UIDL_can_change_all_use_numbers_and_leave_out()
    {
        Start(FaultScript.None
            .At("UIDL", session: 1).SaysUniqueIds((_, id) => "migrated-" + id)
            .At("UIDL", session: 2).SaysNumbersAsUniqueIds()
            .At("UIDL", session: 3).LeavesOut(1));
        var expected = new[] { "1 migrated-a\r\n2 migrated-b\r\n3 migrated-c\r\n.\r\n", "1 1\r\n2 2\r\n3 3\r\n.\r\n",
            "2 b\r\n3 c\r\n.\r\n" };
        foreach (var listing in expected)
        {
            var client = await SignInAsync();
            Assert.Equal(listing, (await client.AskBlockAsync("UIDL")).Block);
            await client.AskAsync("QUIT");
        }
    }

    [Fact]
    public async Task A_message_left_out_of_the_listing_is_refused_when_asked_for_alone()
    {
        Start(FaultScript.None.At("UIDL").LeavesOut(1));
        var client = await SignInAsync();
        AssertRefused(await client.AskAsync("UIDL 1"));
    }

    [Theory]
    [InlineData(0, "\r\n.\r\n")]
    [InlineData(5, "Subje\r\n.\r\n")]
    [InlineData(12, "Subject: 1\r\n.\r\n")]
    [InlineData(999, First + ".\r\n")]
    public async Task A_message_can_be_truncated_with_a_valid_terminator(int octets, string expected)
    {
        Start(FaultScript.None.At("RETR", message: 1).TruncatesTo(octets));
        var client = await SignInAsync();
        Assert.Equal(("+OK 19 octets", expected), await client.AskBlockAsync("RETR 1"));
        Assert.Equal("+OK 1 19", await client.AskAsync("LIST 1"));
    }

    [Fact]
    public async Task RETR_can_send_another_message_other_octets_and_a_volatile_header()
    {
        Start(FaultScript.None
            .At("RETR", message: 1).SendsMessage(2)
            .At("RETR", message: 2).AddsVolatileHeader()
            .At("RETR", message: 3).SendsOctets("\u002e\r\n+OK\r\n"u8.ToArray()));
        var client = await SignInAsync();
        Assert.Equal(Second + ".\r\n", (await client.AskBlockAsync("RETR 1")).Block);
        Assert.Equal("Status: 1\r\n" + Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        Assert.Equal("Status: 2\r\n" + Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        Assert.Equal("..\r\n+OK\r\n.\r\n", (await client.AskBlockAsync("RETR 3")).Block);
    }

    [Fact]
    public async Task A_first_dot_can_go_unstuffed()
    {
        Maildrop.Add(".\n+OK\n+OK\nFrom: mallory\n"u8.ToArray());
        Start(FaultScript.None.At("RETR").ForgetsFirstDot());
        var client = await SignInAsync();
        Assert.Equal(("+OK 28 octets", ".\r\n"), await client.AskBlockAsync("RETR 4"));
        Assert.Equal("+OK\r\n+OK\r\nFrom: mallory\r\n.\r\n", await client.BlockAsync());
    }

    [Fact]
    public async Task LF_dot_LF_can_appear_inside_a_message()
    {
        Maildrop.Add("A: b\r\n\r\nx\n.\nAFTER\r\n"u8.ToArray());
        Start(FaultScript.None.At("RETR").KeepsBareLineFeeds());
        var client = await SignInAsync();
        Assert.Equal("A: b\r\n\r\nx\n.\nAFTER\r\n.\r\n", (await client.AskBlockAsync("RETR 4")).Block);
    }

    [Fact]
    public async Task The_terminator_can_follow_without_a_line_end()
    {
        Start(FaultScript.None.At("RETR").ForgetsFinalLineEnd());
        var client = await SignInAsync();
        await client.SendAsync("RETR 1\r\n");
        var expected = "+OK 19 octets\r\nSubject: 1\r\n\r\none.\r\n";
        Assert.Equal(expected, await client.OctetsAsync(expected.Length));
        Assert.Equal("+OK", await client.AskAsync("NOOP"));
    }
}
