using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 1939 §5, §7, §11: numbers, sizes, marks, TOP and UIDL.</summary>
public sealed class TransactionTests : ServerTest
{
    [Fact, Trait("Obligation", "20")]
    public async Task Numbers_run_from_1_and_a_deleted_one_stays_burnt()
    {
        foreach (var n in "123")
            Add($"{n}\r\n");
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("DELE 2"));
        Assert.Equal("1 17\r\n3 17\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        foreach (var command in new[] { "LIST 2", "RETR 2", "DELE 2", "TOP 2 0", "UIDL 2", "RETR 4", "DELE 0" })
            AssertRefused(await client.AskAsync(command));
        Assert.Equal("Subject: 3\r\n\r\n3\r\n.\r\n", (await client.AskBlockAsync("RETR 3")).Block);
    }

    [Fact, Trait("Obligation", "20")]
    public async Task Mail_that_arrives_during_a_session_is_invisible_to_it()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        Add("late\r\n");
        Assert.Equal("+OK 1 17", await client.AskAsync("STAT"));
        Assert.Equal("1 17\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        AssertRefused(await client.AskAsync("RETR 2"));
    }

    [Theory, Trait("Obligation", "22"), Trait("Obligation", "102")]
    [InlineData("a\r\n", 3)]
    [InlineData("a\n", 3)]
    [InlineData("a", 3)]
    [InlineData("", 2)]
    [InlineData("\n", 2)]
    [InlineData("a\r", 4)]
    [InlineData("a\r\r\n", 4)]
    [InlineData(".\n.\n", 6)]
    [InlineData("a\nb\r\nc", 9)]
    public async Task Sizes_count_what_is_sent_with_CRLF_and_without_stuffed_dots(string stored, int octets)
    {
        Maildrop.Add(stored.Select(c => (byte)c).ToArray());
        var client = await SignInAsync();
        Assert.Equal($"+OK 1 {octets}", await client.AskAsync("LIST 1"));
        Assert.Equal($"+OK 1 {octets}", await client.AskAsync("STAT"));
        var lines = (await client.AskBlockAsync("RETR 1")).Block.Split("\r\n")[..^2];
        Assert.Equal(octets, lines.Sum(line => line.Length + 2 - (line.StartsWith('.') ? 1 : 0)));
    }

    [Fact, Trait("Obligation", "24")]
    public async Task STAT_counts_messages_and_octets_without_the_deleted_ones()
    {
        Add("x\r\n");
        Add("yy\r\n");
        var client = await SignInAsync();
        Assert.Equal("+OK 2 35", await client.AskAsync("STAT"));
        await client.AskAsync("DELE 1");
        Assert.Equal("+OK 1 18", await client.AskAsync("STAT"));
        await client.AskAsync("DELE 2");
        Assert.Equal("+OK 0 0", await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "25")]
    public async Task LIST_of_an_empty_maildrop_is_OK_and_a_dot()
    {
        var client = await SignInAsync();
        Assert.Equal(("+OK", ".\r\n"), await client.AskBlockAsync("LIST"));
        AssertRefused(await client.AskAsync("LIST 1"));
    }

    [Fact, Trait("Obligation", "26")]
    public async Task RETR_sends_the_whole_message()
    {
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(n => $".{n}\r\n"));
        Add(body);
        var client = await SignInAsync();
        var (_, block) = await client.AskBlockAsync("RETR 1");
        Assert.Equal("Subject: 1\r\n\r\n" + body.Replace(".", "..", StringComparison.Ordinal) + ".\r\n", block);
    }

    [Fact, Trait("Obligation", "27")]
    public async Task DELE_marks_and_removes_nothing_before_UPDATE()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("DELE 1"));
        AssertRefused(await client.AskAsync("DELE 1"));
        AssertRefused(await client.AskAsync("RETR 1"));
        Assert.Equal(1, Maildrop.Count);
    }

    [Fact, Trait("Obligation", "28")]
    public async Task NOOP_is_answered_with_OK_and_nothing_else()
    {
        var client = await SignInAsync();
        Assert.Equal("+OK", await client.AskAsync("NOOP"));
    }

    [Fact, Trait("Obligation", "29")]
    public async Task RSET_unmarks_everything()
    {
        Add("x\r\n");
        Add("y\r\n");
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 2");
        AssertOk(await client.AskAsync("RSET"));
        Assert.Equal("+OK 2 34", await client.AskAsync("STAT"));
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(2, Maildrop.Count);
    }

    [Fact, Trait("Obligation", "31")]
    public async Task The_minimal_commands_are_there_when_everything_optional_is_off()
    {
        Start(Plain with
        {
            AnnounceCapa = false, Pipelining = false, Top = false, Uidl = false, RespCodes = false, AuthRespCode = false, Sasl = [],
        });
        Add("x\r\n");
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("STAT"));
        AssertOk((await client.AskBlockAsync("LIST")).Status);
        AssertOk((await client.AskBlockAsync("RETR 1")).Status);
        foreach (var command in new[] { "DELE 1", "NOOP", "RSET", "QUIT" })
            AssertOk(await client.AskAsync(command));
    }

    [Theory, Trait("Obligation", "40")]
    [InlineData(0, "Subject: 1\r\n\r\n.\r\n")]
    [InlineData(1, "Subject: 1\r\n\r\n..a\r\n.\r\n")]
    [InlineData(2, "Subject: 1\r\n\r\n..a\r\n\r\n.\r\n")]
    [InlineData(3, "Subject: 1\r\n\r\n..a\r\n\r\nb\r\n.\r\n")]
    [InlineData(999_999, "Subject: 1\r\n\r\n..a\r\n\r\nb\r\n.\r\n")]
    public async Task TOP_sends_the_header_the_blank_line_and_so_many_lines_stuffed(int lines, string expected)
    {
        Add(".a\r\n\r\nb\r\n");
        var client = await SignInAsync();
        Assert.Equal(expected, (await client.AskBlockAsync($"TOP 1 {lines}")).Block);
    }

    [Fact, Trait("Obligation", "40")]
    public async Task TOP_of_a_message_without_a_blank_line_is_all_of_it()
    {
        Maildrop.Add("A: b\r\nC: d\r\n"u8.ToArray());
        var client = await SignInAsync();
        Assert.Equal("A: b\r\nC: d\r\n.\r\n", (await client.AskBlockAsync("TOP 1 0")).Block);
    }

    [Fact, Trait("Obligation", "40")]
    public async Task TOP_0_of_a_long_header_is_all_of_it()
    {
        var header = string.Concat(Enumerable.Range(0, 10_000).Select(n => $"X-{n}: {new string('v', n % 97)}\r\n"));
        Maildrop.Add((header + "\r\nbody\r\n").Select(c => (byte)c).ToArray());
        var client = await SignInAsync();
        Assert.Equal(header + "\r\n.\r\n", (await client.AskBlockAsync("TOP 1 0")).Block);
    }

    [Fact, Trait("Obligation", "41")]
    public async Task UIDL_lines_end_with_the_unique_id_and_leave_out_the_deleted_ones()
    {
        Add("x\r\n", "first");
        Add("y\r\n", "second");
        var client = await SignInAsync();
        Assert.Equal("+OK 2 second", await client.AskAsync("UIDL 2"));
        Assert.Equal("1 first\r\n2 second\r\n.\r\n", (await client.AskBlockAsync("UIDL")).Block);
        await client.AskAsync("DELE 1");
        Assert.Equal("2 second\r\n.\r\n", (await client.AskBlockAsync("UIDL")).Block);
        AssertRefused(await client.AskAsync("UIDL 1"));
    }

    [Fact, Trait("Obligation", "42")]
    public async Task Unique_ids_are_printable_unique_and_persist_over_sessions_with_and_without_UPDATE()
    {
        for (var i = 0; i < 30; i++)
            Add("same\r\n");
        var first = await SignInAsync();
        var listing = (await first.AskBlockAsync("UIDL")).Block;
        var ids = listing.Split("\r\n")[..^2].Select(line => line.Split(' ')[1]).ToList();
        Assert.All(ids, id => Assert.Matches("^[\x21-\x7E]{1,70}$", id));
        Assert.Equal(30, ids.Distinct().Count());

        await first.DisposeAsync();
        await Server.SessionsClosedAsync();
        var second = await SignInAsync();
        Assert.Equal(listing, (await second.AskBlockAsync("UIDL")).Block);
        await AskAsync(second, "DELE 1", "QUIT");

        var third = await SignInAsync();
        Assert.Equal(ids[1..], (await third.AskBlockAsync("UIDL")).Block.Split("\r\n")[..^2].Select(line => line.Split(' ')[1]));
    }

    [Fact, Trait("Obligation", "43")]
    public async Task A_unique_id_is_not_used_again_for_later_mail()
    {
        var removed = Add("x\r\n").UniqueId;
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "QUIT");
        Assert.NotEqual(removed, Add("y\r\n").UniqueId);
    }

    [Fact]
    public async Task A_message_that_another_session_removed_is_refused_and_the_session_goes_on()
    {
        var message = Add("x\r\n");
        Add("y\r\n");
        var client = await SignInAsync();
        Assert.True(Maildrop.Remove(message));
        AssertRefused(await client.AskAsync("RETR 1"));
        AssertRefused(await client.AskAsync("TOP 1 0"));
        Assert.Equal("Subject: 2\r\n\r\ny\r\n.\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        AssertOk((await AskAsync(client, "DELE 1", "QUIT"))[1]);
        Assert.Equal(1, Maildrop.Count);
    }
}
