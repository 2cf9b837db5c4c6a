using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 2449 §6.6: several commands under way, answers in order, no deadlock.</summary>
public class PipeliningTests
{
    [Fact, Trait("Obligation", "61")]
    public async Task Answers_belong_to_the_commands_in_order()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            await script.PlayAsync("C: RETR 1\nC: RETR 2\nC: RETR 3\nS: +OK\nS: one\nS: .\nS: -ERR gone\nS: +OK\nS: three\nS: .");
            await script.PlayAsync("C: DELE 1\nC: DELE 3\nS: +OK first\nS: -ERR second");
        });
        await using var session = await server.OpenAsync();
        Assert.Equal(["one\r\n", "-ERR gone", "three\r\n"], await session.RetrieveAllAsync(Sessions.Messages(3)));
        Assert.Equal(["+OK first", "-ERR second"], (await session.DeleteAsync([1, 3], default)).Select(reply => reply.ToString()));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "61")]
    [InlineData(Pipelining.Auto)]
    [InlineData(Pipelining.Off)]
    public async Task Without_PIPELINING_or_when_it_is_off_a_command_waits_for_the_answer_before(Pipelining pipelining)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync(pipelining == Pipelining.Off ? "PIPELINING" : "UIDL");
            await script.ExpectAsync("RETR 1");
            var next = script.ReadLineAsync();
            await script.SendAsync("+OK\r\none\r\n");
            Assert.False(next.IsCompleted);
            await script.SendAsync(".\r\n");
            Assert.Equal("RETR 2", await next);
            await script.SendAsync("+OK\r\n.\r\n");
            await script.PlayAsync("C: STAT\nS: +OK 0 0\nC: LIST\nS: +OK\nS: .\nC: UIDL\nS: +OK\nS: .\nC: DELE 1\nS: +OK\nC: DELE 2\nS: +OK");
        });
        await using var session = await server.OpenAsync(new Pop3Options { Pipelining = pipelining });
        Assert.False(session.Pipelines);
        await session.RetrieveAllAsync(Sessions.Messages(2));
        await session.ListMaildropAsync(default);
        await session.DeleteAsync([1, 2], default);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Pipelining_can_be_used_unannounced()
    {
        await using var server = ScriptedServer.Play("C: DELE 1\nC: DELE 2\nS: +OK\nS: +OK");
        await using var session = await server.OpenAsync(new Pop3Options { Pipelining = Pipelining.On });
        Assert.Equal(2, (await session.DeleteAsync([1, 2], default)).Count);
    }

    [Fact, Trait("Obligation", "61")]
    public async Task STAT_LIST_and_UIDL_are_one_flight()
    {
        await using var server = ScriptedServer.Play("C: STAT\nC: LIST\nC: UIDL\nS: +OK 1 5\nS: +OK\nS: 1 5\nS: .\nS: +OK\nS: 1 a\nS: .", "PIPELINING", "UIDL");
        await using var session = await server.OpenAsync();
        Assert.Equal([new(1, 5, "a")], (await session.ListMaildropAsync(default)).Messages);
    }

    [Fact]
    public async Task A_refusal_inside_a_flight_leaves_the_session_in_step()
    {
        await using var server = ScriptedServer.Play(
            "C: STAT\nC: LIST\nC: UIDL\nS: -ERR [SYS/TEMP] no\nS: +OK\nS: 1 5\nS: .\nS: +OK\nS: 1 a\nS: .\nC: NOOP\nS: +OK in step", "PIPELINING", "UIDL");
        await using var session = await server.OpenAsync();
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => session.ListMaildropAsync(default));
        Assert.Equal("STAT", refused.Command);
        Assert.Equal("+OK in step", (await session.NoopAsync(default)).ToString());
    }

    [Fact, Trait("Obligation", "61")]
    public async Task A_server_that_does_not_read_while_it_writes_cannot_lock_both_sides()
    {
        const int Messages = 2000;
        // 64 octets fit on the way to the server, 256 on the way back: far less than the commands in one window, and than one answer.
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            for (var number = 1; number <= Messages; number++)
            {
                await script.ExpectAsync($"RETR {number}");
                for (var line = 0; line < 10; line++) await script.SendAsync("0123456789012345678901234567890123456789\r\n".Insert(0, line == 0 ? "+OK\r\n" : ""));
                await script.SendAsync(".\r\n");
            }
        }, window: 256);
        await using var session = await server.OpenAsync(new Pop3Options { WindowCommands = Messages });
        var texts = await session.RetrieveAllAsync(Sessions.Messages(Messages));
        Assert.Equal(Messages, texts.Length);
        Assert.All(texts, text => Assert.Equal(420, text.Length));
        await server.FinishAsync();
    }

    [Theory]
    [InlineData(2, 1 << 20, 2)]
    [InlineData(100, 250, 4)]
    [InlineData(100, 50, 2)]
    public async Task The_window_bounds_the_commands_and_the_octets_behind_the_answer_that_is_awaited(int commands, long octets, int outstanding)
    {
        const int Messages = 9;
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            for (var number = 1; number <= outstanding; number++) await script.ExpectAsync($"RETR {number}");
            var next = script.ReadLineAsync();
            Assert.False(next.IsCompleted);
            for (var (asked, answered) = (outstanding, 1); answered <= Messages; answered++)
            {
                await script.SendAsync("+OK\r\nx\r\n.\r\n");
                if (answered < asked || asked == Messages) continue;
                Assert.Equal($"RETR {++asked}", await next);
                next = script.ReadLineAsync();
            }
        });
        await using var session = await server.OpenAsync(
            new Pop3Options { WindowCommands = commands, WindowOctets = octets, Clock = new FakeTimeProvider() });
        Assert.Equal(Messages, (await session.RetrieveAllAsync(Sessions.Messages(Messages, 100))).Length);
        await server.FinishAsync();
    }

    [Fact]
    public async Task When_it_is_enough_no_RETR_is_sent_and_those_under_way_are_given_out()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            await script.PlayAsync("C: RETR 1\nC: RETR 2\nS: +OK\nS: .\nS: +OK\nS: .\nC: QUIT\nS: +OK");
        });
        await using var session = await server.OpenAsync(new Pop3Options { WindowCommands = 2 });
        using var enough = new CancellationTokenSource();
        var numbers = new List<int>();
        await foreach (var message in session.RetrieveAsync([.. Sessions.Messages(9)], enough.Token, default))
        {
            await enough.CancelAsync();
            await message.ReadAsync();
            numbers.Add(message.Number);
        }
        Assert.Equal([1, 2], numbers);
        Assert.True((await session.QuitAsync(default)).Ok);
        await server.FinishAsync();
    }

    [Fact]
    public async Task Leaving_with_answers_outstanding_breaks_the_session()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            await script.PlayAsync("C: RETR 1\nC: RETR 2\nS: +OK\nS: .");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([.. Sessions.Messages(2)], default, default))
        {
            await message.ReadAsync();
            break;
        }
        Assert.True(session.IsBroken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.QuitAsync(default));
        await server.FinishAsync();
    }

    [Fact]
    public async Task Asking_for_the_next_message_before_the_end_of_one_breaks_the_session()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nC: RETR 2\nS: +OK\nS: unread\nS: .\nS: +OK\nS: .", "PIPELINING");
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var message in session.RetrieveAsync([.. Sessions.Messages(2)], default, default)) Assert.False(message.Refused);
        });
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_command_inside_an_unread_message_is_refused()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: unread\nS: .");
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 8)], default, default))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => session.QuitAsync(default));
            Assert.Equal("unread\r\n", await message.ReadAsync());
        }
        Assert.False(session.IsBroken);
    }

    [Fact]
    public async Task In_lock_step_NOOP_may_go_between_two_messages()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: .\nC: NOOP\nS: +OK\nC: RETR 2\nS: +OK\nS: .");
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([.. Sessions.Messages(2)], default, default))
        {
            await message.ReadAsync();
            if (message.Number == 1) await session.NoopAsync(default);
        }
        await server.FinishAsync();
    }

    [Fact]
    public async Task Octets_after_the_last_answer_of_a_flight_break_the_session_before_DELE()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            // Message 1 begins with an unstuffed "." line and forges the answers that follow.
            await script.PlayAsync("C: RETR 1\nC: RETR 2\nS: +OK\nS: .\nS: +OK\nS: From: mallory\nS: .\nS: +OK\nS: the real message 2\nS: .");
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await session.RetrieveAllAsync(Sessions.Messages(2));
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.DeleteAsync([1, 2], default));
        await server.FinishAsync();
    }

    [Fact]
    public async Task Three_thousand_messages_of_any_content_arrive_as_they_were_stuffed()
    {
        const int Messages = 3000;
        static string Text(int number) => string.Concat(Enumerable.Range(0, number % 40).Select(line => new string('.', line % 4) + new string((char)('a' + line % 26), number % 90) + "\r\n"));
        static string Stuffed(int number)
        {
            var lines = Text(number).Split("\r\n")[..^1];
            return string.Concat(lines.Select(line => (line.StartsWith('.') ? "." : "") + line + "\r\n"));
        }
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync("PIPELINING");
            for (var number = 1; number <= Messages; number++)
            {
                await script.ExpectAsync($"RETR {number}");
                await script.SendAsync($"+OK\r\n{Stuffed(number)}.\r\n");
            }
        });
        await using var session = await server.OpenAsync();
        var texts = await session.RetrieveAllAsync(Sessions.Messages(Messages, 1000));
        for (var number = 1; number <= Messages; number++) Assert.Equal(Text(number), texts[number - 1]);
        await server.FinishAsync();
    }
}
