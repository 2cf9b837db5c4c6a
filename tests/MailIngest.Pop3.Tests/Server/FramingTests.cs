using System.Globalization;
using MailIngest.Pop3.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 1939 §3 and RFC 2449 §3, §4: lines, keywords, answers, and the autologout.</summary>
public sealed class FramingTests : ServerTest
{
    [Fact, Trait("Obligation", "1")]
    public async Task The_server_speaks_first_and_greets_with_one_positive_line()
    {
        var client = await ConnectSilentlyAsync();
        AssertOk(await client.LineAsync());
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
    }

    [Theory, Trait("Obligation", "3")]
    [InlineData("noop")]
    [InlineData("NoOp")]
    [InlineData("NOOP")]
    public async Task Keywords_are_case_insensitive(string command)
    {
        var client = await SignInAsync();
        AssertOk(await client.AskAsync(command));
    }

    [Theory, Trait("Obligation", "3")]
    [InlineData("LIST  1")]
    [InlineData("LIST 1 ")]
    [InlineData("NOOP ")]
    [InlineData(" NOOP")]
    [InlineData("LIST\t1")]
    [InlineData("LIST 1\0")]
    [InlineData("LIST 1\n")]
    [InlineData("LIST \u00e9")]
    public async Task Arguments_are_printable_and_follow_a_single_space(string command)
    {
        Add("x\r\n");
        var client = await SignInAsync();
        AssertRefused(await client.AskAsync(command));
        AssertOk(await client.AskAsync("NOOP"));
    }

    [Fact, Trait("Obligation", "3")]
    public async Task A_line_that_ends_with_LF_alone_is_not_a_command_yet()
    {
        var client = await SignInAsync();
        await client.SendAsync("NOOP\nNOOP\r\n");
        AssertRefused(await client.LineAsync());
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
    }

    [Fact, Trait("Obligation", "4")]
    public async Task A_command_of_255_octets_is_accepted_and_one_of_256_refused()
    {
        Accounts[new string('u', 248)] = new("secret", Maildrop);
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("USER " + new string('u', 248)));
        AssertOk(await client.AskAsync("PASS secret"));
        AssertRefused(await client.AskAsync("USER " + new string('u', 249)));
        AssertRefused(await client.AskAsync(new string('x', 100_000)));
        AssertOk(await client.AskAsync("NOOP"));
    }

    [Fact, Trait("Obligation", "4")]
    public async Task A_too_long_line_is_one_refusal_however_it_is_split()
    {
        var client = await SignInAsync();
        foreach (var part in new[] { new string('x', 254), "\r", new string('y', 5000), "\r", "\nNOOP\r\n" })
            await client.SendAsync(part);
        AssertRefused(await client.LineAsync());
        AssertOk(await client.LineAsync());
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
    }

    [Fact, Trait("Obligation", "5")]
    public async Task Every_answer_begins_with_upper_case_OK_or_ERR()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        foreach (var command in new[] { "stat", "list 1", "dele 1", "rset", "noop", "list 7", "retr 0", "foo", "user x", "quit" })
            Assert.Matches("^(\\+OK|-ERR)( |$)", await client.AskAsync(command));
    }

    [Fact, Trait("Obligation", "6")]
    public async Task Status_lines_have_at_most_512_octets_whatever_the_client_sent()
    {
        Accounts[new string('u', 248)] = new("secret", Maildrop);
        Start(Plain with { Apop = true });
        var client = await ConnectSilentlyAsync();
        Assert.InRange((await client.LineAsync()).Length, 3, 510);
        foreach (var command in new[] { "USER " + new string('u', 248), "PASS secret", new string('z', 253), new string('z', 9999),
            "STAT", "QUIT" })
            Assert.InRange((await client.AskAsync(command)).Length, 3, 510);
    }

    [Fact, Trait("Obligation", "7")]
    public async Task Capability_lines_have_at_most_512_octets()
    {
        Start(Stls with { Utf8 = true, LoginDelay = TimeSpan.FromSeconds(900), ExtraCapabilities = ["EXPIRE 0"] });
        var client = await ConnectAsync();
        var (_, block) = await client.AskBlockAsync("CAPA");
        Assert.All(block.Split("\r\n"), line => Assert.InRange(line.Length, 0, 510));
    }

    [Fact, Trait("Obligation", "8")]
    public async Task Multi_line_answers_are_a_status_line_then_lines_then_a_dot()
    {
        Add("x\r\n", "first");
        Add("yy\r\n", "second");
        var client = await SignInAsync();
        Assert.Equal(("+OK", "1 17\r\n2 18\r\n.\r\n"), await client.AskBlockAsync("LIST"));
        Assert.Equal(("+OK", "1 first\r\n2 second\r\n.\r\n"), await client.AskBlockAsync("UIDL"));
        Assert.Equal(("+OK 17 octets", "Subject: 1\r\n\r\nx\r\n.\r\n"), await client.AskBlockAsync("RETR 1"));
        Assert.Equal(("+OK top of message", "Subject: 2\r\n\r\n.\r\n"), await client.AskBlockAsync("TOP 2 0"));
    }

    [Fact, Trait("Obligation", "9")]
    public async Task Every_line_that_begins_with_a_dot_is_stuffed()
    {
        Add(".\r\n..\r\n.x\r\nx.\r\n\r\n.\r\n");
        var client = await SignInAsync();
        var (_, block) = await client.AskBlockAsync("RETR 1");
        Assert.Equal("Subject: 1\r\n\r\n..\r\n...\r\n..x\r\nx.\r\n\r\n..\r\n.\r\n", block);
    }

    [Theory, Trait("Obligation", "9"), Trait("Obligation", "102")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData(".hidden: x\r\n", "..hidden: x\r\n.\r\n")]
    [InlineData(".\r\n+OK\r\n", "..\r\n+OK\r\n.\r\n")]
    public async Task The_first_octet_of_a_message_is_stuffed_too(string message, string onTheWire)
    {
        Maildrop.Add(message.Select(c => (byte)c).ToArray());
        var client = await SignInAsync();
        Assert.Equal(onTheWire, (await client.AskBlockAsync("RETR 1")).Block);
        Assert.Equal(onTheWire, (await client.AskBlockAsync("TOP 1 9")).Block);
        Assert.Equal($"+OK 1 {message.Length.ToString(CultureInfo.InvariantCulture)}", await client.AskAsync("LIST 1"));
    }

    [Theory, Trait("Obligation", "13")]
    [InlineData("")]
    [InlineData("FOO")]
    [InlineData("XTND XMIT")]
    [InlineData("RETR")]
    [InlineData("RETR one")]
    [InlineData("RETR 1 2")]
    [InlineData("RETR +1")]
    [InlineData("RETR -1")]
    [InlineData("RETR 0")]
    [InlineData("RETR 4294967297")]
    [InlineData("LIST 1 2")]
    [InlineData("DELE")]
    [InlineData("STAT foo")]
    [InlineData("NOOP x")]
    [InlineData("RSET x")]
    [InlineData("CAPA x")]
    [InlineData("TOP 1")]
    [InlineData("TOP 1 -1")]
    [InlineData("TOP 1 x")]
    [InlineData("TOP 1 2 3")]
    [InlineData("UIDL 1 2")]
    [InlineData("QUIT now")]
    public async Task Unknown_and_malformed_commands_are_refused_and_the_session_goes_on(string command)
    {
        Add("x\r\n");
        var client = await SignInAsync();
        AssertRefused(await client.AskAsync(command));
        AssertOk(await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "13")]
    public async Task What_is_not_configured_is_unknown()
    {
        Start(Plain with { Top = false, Uidl = false, Sasl = [], AnnounceCapa = false });
        var client = await ConnectAsync();
        foreach (var command in new[] { "CAPA", "STLS", "UTF8", "AUTH PLAIN", "APOP alice c4c9334bac560ecc979e58001b3e22fb" })
            Assert.Equal("-ERR unknown command", await client.AskAsync(command));
        await AskAsync(client, "USER alice", "PASS secret");
        Assert.Equal("-ERR unknown command", await client.AskAsync("TOP 1 0"));
        Assert.Equal("-ERR unknown command", await client.AskAsync("UIDL"));
    }

    [Theory, Trait("Obligation", "14")]
    [InlineData("STAT")]
    [InlineData("LIST")]
    [InlineData("RETR 1")]
    [InlineData("DELE 1")]
    [InlineData("NOOP")]
    [InlineData("RSET")]
    [InlineData("TOP 1 0")]
    [InlineData("UIDL")]
    public async Task Transaction_commands_are_refused_before_signing_in(string command)
    {
        Add("x\r\n");
        var client = await ConnectAsync();
        AssertRefused(await client.AskAsync(command));
        AssertOk(await client.AskAsync("USER alice"));
    }

    [Theory, Trait("Obligation", "14")]
    [InlineData("USER alice")]
    [InlineData("PASS secret")]
    [InlineData("APOP alice c4c9334bac560ecc979e58001b3e22fb")]
    [InlineData("AUTH PLAIN")]
    [InlineData("STLS")]
    [InlineData("UTF8")]
    public async Task Authorization_commands_are_refused_after_signing_in(string command)
    {
        Start(Stls with { CleartextBeforeStls = true, Apop = true, Utf8 = true });
        var client = await SignInAsync();
        AssertRefused(await client.AskAsync(command));
        AssertOk(await client.AskAsync("NOOP"));
    }

    [Theory, Trait("Obligation", "16"), Trait("Obligation", "102")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_idle_session_ends_after_ten_minutes_without_a_word_and_removes_nothing(bool signedIn)
    {
        Add("x\r\n");
        var clock = new FakeTimeProvider();
        Start(Plain with { Clock = clock });
        var client = await (signedIn ? SignInAsync() : ConnectAsync());
        if (signedIn)
            await client.AskAsync("DELE 1");

        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        await client.AskAsync("NOOP");
        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.NotNull(await client.AskAsync("NOOP"));
        await ArmedAsync(client);
        clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Empty(await client.RestAsync());
        await Server.SessionsClosedAsync();
        Assert.Equal(1, Maildrop.Count);
        Assert.False(Maildrop.IsLocked);
        Assert.Equal("autologout", Server.Events[^1].Text);

        // The timer is armed before the answer is flushed: an answered command means an armed timer.
        static Task ArmedAsync(RawClient client) => client.AskAsync("NOOP");
    }

    [Fact, Trait("Obligation", "16")]
    public async Task A_client_that_reads_nothing_for_ten_minutes_is_logged_out_too()
    {
        var clock = new FakeTimeProvider();
        Start(Plain with { Clock = clock });
        await using var stuck = new StuckStream();
        var session = Server.ServeAsync(stuck, default);
        await stuck.Writing;
        clock.Advance(TimeSpan.FromMinutes(10));
        await session;
        Assert.Equal("autologout", Server.Events[^1].Text);
    }

    [Fact, Trait("Obligation", "16")]
    public void An_autologout_below_ten_minutes_cannot_be_configured() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Plain with { AutoLogout = TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1) });

    /// <summary>A connection whose other end never reads.</summary>
    sealed class StuckStream : MemoryStream
    {
        readonly TaskCompletionSource writing = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Writing => writing.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            writing.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }
}
