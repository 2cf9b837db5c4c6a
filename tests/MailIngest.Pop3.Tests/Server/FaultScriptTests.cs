using System.Globalization;
using System.Net.Sockets;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Every way to misbehave, seen on the wire.</summary>
public sealed class FaultScriptTests : ServerTest
{
    const string First = "Subject: 1\r\n\r\none\r\n";
    const string Second = "Subject: 2\r\n\r\ntwo\r\n";

    public FaultScriptTests()
    {
        Add("one\r\n", "a");
        Add("two\r\n", "b");
        Add("three\r\n", "c");
    }

    // Where and how often

    [Fact]
    public async Task A_fault_strikes_at_its_verb_message_and_session_alone()
    {
        Start(FaultScript.None.At("RETR", message: 2, session: 2).Refuses("[SYS/PERM] poison"));
        var first = await SignInAsync();
        Assert.Equal(Second + ".\r\n", (await first.AskBlockAsync("RETR 2")).Block);
        await first.AskAsync("QUIT");
        var second = await SignInAsync();
        Assert.Equal(First + ".\r\n", (await second.AskBlockAsync("RETR 1")).Block);
        Assert.Equal("-ERR [SYS/PERM] poison", await second.AskAsync("RETR 2"));
        Assert.Equal("-ERR [SYS/PERM] poison", await second.AskAsync("RETR 2"));
    }

    [Fact]
    public async Task An_occurrence_strikes_once_and_times_more_often_counted_over_all_sessions()
    {
        Start(FaultScript.None
            .At("NOOP", occurrence: 2).Refuses("second")
            .At("STAT", times: 2).Refuses("twice")
            .At("RSET", occurrence: 2, times: 2).Refuses("second and third"));
        var client = await SignInAsync();
        Assert.Equal(["+OK", "-ERR second", "+OK"], await AskAsync(client, "NOOP", "NOOP", "NOOP"));
        Assert.Equal("-ERR twice", await client.AskAsync("STAT"));
        await client.AskAsync("QUIT");
        client = await SignInAsync();
        Assert.Equal(["-ERR twice", "+OK 3 59"], await AskAsync(client, "STAT", "STAT"));
        Assert.Equal([false, true, true, false], (await AskAsync(client, "RSET", "RSET", "RSET", "RSET")).Select(a => a.StartsWith("-ERR", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_servers_with_one_script_count_for_themselves()
    {
        var script = FaultScript.None.At("NOOP", occurrence: 1).Refuses();
        for (var i = 0; i < 2; i++)
        {
            await using var other = Pop3Server.Start(Plain with { Faults = script, Accounts = new Dictionary<string, Pop3Account>(Accounts) });
            await using var client = await RawClient.ConnectAsync(other.Port);
            await client.LineAsync();
            await AskAsync(client, "USER alice", "PASS secret");
            Assert.Equal(["-ERR no", "+OK"], await AskAsync(client, "NOOP", "NOOP"));
            await client.AskAsync("QUIT");
        }
    }

    [Fact]
    public async Task Several_faults_at_one_command_and_joined_scripts_all_strike()
    {
        Start(FaultScript.None.At("RETR").AddsVolatileHeader().And(FaultScript.None.At("RETR").SaysAfter("-ERR surprise\r\n")));
        var client = await SignInAsync();
        Assert.Equal("X-Retrieved: 1\r\n" + First + ".\r\n", (await client.AskBlockAsync("RETR 1")).Block);
        Assert.Equal("-ERR surprise", await client.LineAsync());
    }

    // The connection

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(36)]
    public async Task A_cut_at_an_octet_sends_exactly_that_many_and_then_FIN(int octets)
    {
        Start(FaultScript.None.At("RETR", message: 1).CutAfterOctets(octets));
        var client = await SignInAsync();
        await client.SendAsync("RETR 1\r\nRETR 2\r\nNOOP\r\n");
        Assert.Equal(("+OK 19 octets\r\n" + First + ".\r\n")[..octets], await client.RestAsync());
        await Server.SessionsClosedAsync();
        Assert.False(Maildrop.IsLocked);
    }

    [Fact]
    public async Task A_cut_beyond_the_answer_comes_after_it()
    {
        Start(FaultScript.None.At("NOOP").CutAfter().At("STAT").CutAfterOctets(9999));
        var client = await SignInAsync();
        await client.SendAsync("NOOP\r\nNOOP\r\n");
        Assert.Equal("+OK\r\n", await client.RestAsync());
        client = await SignInAsync();
        await client.SendAsync("STAT\r\n");
        Assert.Equal("+OK 3 59\r\n", await client.RestAsync());
    }

    [Fact]
    public async Task A_cut_inside_a_large_message_does_not_need_the_message_in_memory()
    {
        var number = Maildrop.Add(() => new EndlessLines(), long.MaxValue).Octets.ToString(CultureInfo.InvariantCulture);
        Start(FaultScript.None.At("RETR").CutAfterOctets(5_000_000));
        var client = await SignInAsync();
        Assert.Equal($"+OK {number} octets", await client.AskAsync("RETR 4"));
        Assert.Equal(5_000_000 - number.Length - "+OK  octets\r\n".Length, (await client.RestAsync()).Length);
    }

    [Fact]
    public async Task A_reset_is_an_RST()
    {
        Start(FaultScript.None.At("RETR").ResetAfterOctets(20).At("NOOP").ResetBefore().At("STAT").ResetAfter());
        foreach (var command in new[] { "RETR 1", "NOOP", "STAT" })
        {
            var client = await SignInAsync();
            await client.SendAsync(command + "\r\n");
            var error = await Assert.ThrowsAsync<IOException>(client.RestAsync);
            Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
            await Server.SessionsClosedAsync();
        }
    }

    [Fact]
    public async Task A_stall_answers_nothing_keeps_the_maildrop_locked_and_ends_with_the_connection()
    {
        Start(FaultScript.None.At("RETR").StallAfterOctets(20).At("DELE").StallBefore().At("NOOP").StallAfter());
        var client = await SignInAsync();
        Assert.Equal("+OK", await client.AskAsync("NOOP"));
        await client.SendAsync("NOOP\r\n");
        Assert.True(Maildrop.IsLocked);
        client.Finish();
        Assert.Empty(await client.RestAsync());
        await Server.SessionsClosedAsync();

        client = await SignInAsync();
        await client.SendAsync("RETR 1\r\n");
        Assert.Equal("+OK 19 octets\r\nSubje", await client.OctetsAsync(20));
        client.Finish();
        Assert.Empty(await client.RestAsync());
        await Server.SessionsClosedAsync();

        client = await SignInAsync();
        await client.SendAsync("DELE 1\r\n");
        client.Finish();
        Assert.Empty(await client.RestAsync());
        Assert.Equal(3, Maildrop.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Dribbling_writes_so_many_octets_at_a_time(int octets)
    {
        Start(FaultScript.None.At("RETR").Dribbles(octets));
        var transport = new WriteSizes("USER alice\r\nPASS secret\r\nNOOP\r\nRETR 1\r\nQUIT\r\n");
        await Server.ServeAsync(transport, default);
        var dribbled = transport.Sizes[4..^1];
        Assert.All(dribbled[..^1], size => Assert.Equal(octets, size));
        Assert.Equal(("+OK 19 octets\r\n" + First + ".\r\n").Length, dribbled.Sum());
    }

    // The answer

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
        Start(FaultScript.None.At("NOOP").SaysBefore("-ERR [SYS/TEMP] shutting down\r\n").At("RETR").SaysAfter("-ERR Disconnected for inactivity.\r\n"));
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
        Assert.Equal(("+OK extra text", "1 19 extra text\r\n2 19 extra text\r\n3 21 extra text\r\n.\r\n"), await client.AskBlockAsync("LIST"));
        Assert.Equal("+OK 3 59 (deleted 0)", await client.AskAsync("STAT"));
    }

    // Listings

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
        var expected = new[] { "1 migrated-a\r\n2 migrated-b\r\n3 migrated-c\r\n.\r\n", "1 1\r\n2 2\r\n3 3\r\n.\r\n", "2 b\r\n3 c\r\n.\r\n" };
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

    // Content

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
        Assert.Equal("X-Retrieved: 1\r\n" + Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        Assert.Equal("X-Retrieved: 2\r\n" + Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
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

    // What is removed, and when

    [Fact]
    public async Task QUIT_can_say_OK_and_keep_everything()
    {
        Start(FaultScript.None.At("QUIT").IgnoresDeletions());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(3, Maildrop.Count);
    }

    [Theory]
    [InlineData(0, new[] { "a", "b", "c" })]
    [InlineData(1, new[] { "b", "c" })]
    public async Task QUIT_can_remove_some_or_none_and_say_so(int count, string[] left)
    {
        Start(FaultScript.None.At("QUIT").RemovesOnly(count));
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 3");
        AssertRefused(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(left, UniqueIds());
    }

    [Fact]
    public async Task A_refused_QUIT_removes_nothing_and_ends_the_session()
    {
        Start(FaultScript.None.At("QUIT").Refuses("[SYS/TEMP] disk full"));
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        Assert.Equal("-ERR [SYS/TEMP] disk full", await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(3, Maildrop.Count);
    }

    [Fact]
    public async Task The_answer_to_QUIT_can_be_lost_after_the_removal()
    {
        Start(FaultScript.None.At("QUIT").CutAfterOctets(0));
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 2");
        await client.SendAsync("QUIT\r\n");
        Assert.Empty(await client.RestAsync());
        Assert.Equal(["c"], UniqueIds());
    }

    [Fact]
    public async Task The_connection_can_be_lost_before_the_removal()
    {
        Start(FaultScript.None.At("QUIT").CutBefore());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        await client.SendAsync("QUIT\r\n");
        Assert.Empty(await client.RestAsync());
        Assert.Equal(3, Maildrop.Count);
    }

    [Fact]
    public async Task Retrieved_messages_can_be_removed_at_QUIT()
    {
        Start(FaultScript.None.At("QUIT").RemovesRetrieved());
        var client = await SignInAsync();
        await client.AskBlockAsync("RETR 2");
        await client.AskBlockAsync("TOP 3 0");
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(["a", "c"], UniqueIds());
    }

    [Fact]
    public async Task Retrieved_messages_can_be_removed_at_once()
    {
        Start(FaultScript.None.At("RETR", message: 2).RemovesAtOnce());
        var client = await SignInAsync();
        Assert.Equal(Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        Assert.Equal(["a", "c"], UniqueIds());
        AssertRefused(await client.AskAsync("RETR 2"));
    }

    [Fact]
    public async Task Deleted_messages_can_be_removed_at_once()
    {
        Start(FaultScript.None.At("DELE").RemovesAtOnce());
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("DELE 1"));
        Assert.Equal(["b", "c"], UniqueIds());
        AssertOk(await client.AskAsync("RSET"));
        Assert.Equal(["b", "c"], UniqueIds());
    }

    [Theory]
    [InlineData(false, new[] { "b", "c" })]
    [InlineData(true, new[] { "c" })]
    public async Task A_disconnection_can_remove(bool retrievedToo, string[] left)
    {
        var place = FaultScript.None.AtDisconnect(session: 1);
        Start(retrievedToo ? place.RemovesRetrieved() : place.RemovesMarked());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        await client.AskBlockAsync("RETR 2");
        client.Finish();
        await Server.SessionsClosedAsync();
        Assert.Equal(left, UniqueIds());
    }

    [Fact]
    public async Task Without_the_lock_two_sessions_share_a_maildrop()
    {
        Start(FaultScript.None.WithoutLock());
        var first = await SignInAsync();
        var second = await SignInAsync();
        await first.AskAsync("DELE 1");
        await second.AskAsync("DELE 1");
        await second.AskAsync("DELE 2");
        AssertOk(await first.AskAsync("QUIT"));
        AssertRefused(await second.AskAsync("RETR 1"));
        AssertOk(await second.AskAsync("QUIT"));
        Assert.Equal(["c"], UniqueIds());
    }

    [Fact]
    public async Task A_maildrop_can_go_back_to_what_it_was()
    {
        var client = await SignInAsync();
        var removed = Maildrop.Messages[0];
        await AskAsync(client, "DELE 1", "QUIT");
        Maildrop.Restore(removed);
        Assert.Equal(["b", "c", "a"], UniqueIds());
        client = await SignInAsync();
        Assert.Equal(First + ".\r\n", (await client.AskBlockAsync("RETR 3")).Block);
    }

    [Fact]
    public async Task What_strikes_is_in_the_events()
    {
        Start(FaultScript.None.At("RETR", message: 2).CutAfterOctets(246));
        var client = await SignInAsync();
        await client.SendAsync("RETR 2\r\n");
        await client.RestAsync();
        Assert.Contains("--: fault at RETR: cut after 246 octets", Server.Events.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_fault_that_never_strikes_cannot_be_written(int occurrence, int times) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FaultScript.None.At("NOOP", occurrence: occurrence, times: times));

    /// <summary>A client's commands, and the sizes of the writes that answer them.</summary>
    sealed class WriteSizes(string commands) : MemoryStream(commands.Select(c => (byte)c).ToArray())
    {
        public List<int> Sizes { get; } = [];

        /// <summary>One command per read, so that each answer is flushed by itself.</summary>
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var lineEnd = GetBuffer().AsSpan((int)Position).IndexOf((byte)'\n');
            return new(Read(buffer.Span[..(lineEnd + 1)]));
        }

        public override byte[] GetBuffer() => ToArray();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sizes.Add(buffer.Length);
            return ValueTask.CompletedTask;
        }
    }
}
