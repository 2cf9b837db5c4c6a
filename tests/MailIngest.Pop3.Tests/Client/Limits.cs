using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>Everything a server can send without end has one; every wait has one.</summary>
public class Limits
{
    [Fact]
    public async Task Capabilities_beyond_the_limit_break_the_session()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.ExpectAsync("CAPA");
            await ForeverAsync(script, "+OK\r\n", _ => "X-MORE\r\n");
        });
        Assert.Contains("more than 512 lines", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => server.OpenAsync())).Message);
    }

    [Theory]
    [InlineData("LIST")]
    [InlineData("UIDL")]
    public async Task Listings_beyond_the_limit_break_the_session(string command)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync(command);
            await ForeverAsync(script, "+OK\r\n", number => $"{number} 1\r\n");
        });
        await using var session = await server.OpenAsync(new Pop3Options { MaxMessages = 1000 });
        var wrong = await Assert.ThrowsAsync<Pop3ProtocolException>(() => command == "LIST" ? session.ListAsync(default) : session.UidlAsync(default));
        Assert.Contains("more than 1000 lines", wrong.Message);
    }

    [Fact]
    public async Task A_listing_line_beyond_the_limit_breaks_the_session()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("UIDL");
            await ForeverAsync(script, "+OK\r\n1 ", _ => "x");
        });
        await using var session = await server.OpenAsync();
        Assert.Contains("line of more than 1024 octets", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.UidlAsync(default))).Message);
    }

    [Theory]
    [InlineData(0, 0, false, 1 << 20)]
    [InlineData(1000, 0, false, 4000 + (1 << 20))]
    [InlineData(1000, 500, false, 500)]
    [InlineData(1000, 5000, true, 5000)]
    [InlineData(1000, 0, true, long.MaxValue)]
    [InlineData(long.MaxValue, 0, false, long.MaxValue)]
    public void A_message_has_four_times_its_listed_octets_and_a_mebibyte_at_most(long listed, long max, bool inexact, long octets) =>
        Assert.Equal(octets, new Pop3Options { MaxMessageOctets = max, InexactSizes = inexact }.MaxOctetsOf(listed));

    [Fact]
    public async Task An_endless_message_breaks_the_session()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await ForeverAsync(script, "+OK\r\n", _ => new string('x', 10000));
        });
        await using var session = await server.OpenAsync();
        Assert.Contains("more than 1048976 octets", (await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.RetrieveAsync(1, 100))).Message);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task An_endless_TOP_breaks_the_session()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("TOP 1 0");
            await ForeverAsync(script, "+OK\r\n", _ => new string('x', 10000));
        });
        await using var session = await server.OpenAsync(new Pop3Options { MaxTopOctets = 100_000 });
        await Assert.ThrowsAsync<Pop3ProtocolException>(async () =>
        {
            await foreach (var top in session.TopAsync([1], 0, default)) await top.ReadAsync();
        });
    }

    [Fact]
    public async Task One_line_of_ten_mebibytes_is_a_message_like_any_other()
    {
        const int Octets = 10 << 20;
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await script.SendAsync("+OK\r\n");
            await script.SendAsync(new string('x', Octets));
            await script.SendAsync("\r\n.\r\n");
        });
        await using var session = await server.OpenAsync();
        Assert.Equal(Octets + 2, (await session.RetrieveAsync(1, Octets + 2)).Length);
    }

    [Fact]
    public async Task Silence_after_a_command_is_a_time_out_that_names_it()
    {
        var clock = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            asked.SetResult();
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock });
        var reading = session.RetrieveAsync();
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(59.9));
        Assert.False(reading.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        var late = await Assert.ThrowsAsync<TimeoutException>(() => reading);
        Assert.Equal("pop.example.com:110: silence for 60 s while the answer to RETR 1 was awaited; the connection was closed.", late.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.QuitAsync(default));
        await server.FinishAsync();
    }

    [Fact]
    public async Task Octets_end_the_silence()
    {
        var clock = new FakeTimeProvider();
        var more = new SemaphoreSlim(0);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await script.SendAsync("+OK\r\n");
            for (var line = 0; line < 5; line++)
            {
                await more.WaitAsync();
                await script.SendAsync("line\r\n");
            }
            await script.SendAsync(".\r\n");
        });
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock, MinimumRate = 0 });
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 30)], default, default))
        {
            var line = new byte[6];
            for (var count = 0; count < 5; count++)
            {
                var reading = message.Content.ReadExactlyAsync(line).AsTask();
                clock.Advance(TimeSpan.FromSeconds(50));
                more.Release();
                await reading;
            }
            Assert.Equal(0, await message.Content.ReadAsync(line));
        }
        await server.FinishAsync();
    }

    [Fact]
    public async Task Time_that_the_consumer_takes_is_not_the_servers_silence()
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: hello\nS: .\nC: NOOP\nS: +OK");
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock });
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 7)], default, default))
        {
            clock.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal("hello\r\n", await message.ReadAsync());
        }
        clock.Advance(TimeSpan.FromMinutes(20));
        Assert.True((await session.NoopAsync(default)).Ok);
    }

    [Fact]
    public async Task A_message_that_drips_is_given_up()
    {
        var clock = new FakeTimeProvider();
        var more = new SemaphoreSlim(0);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await script.SendAsync("+OK\r\n");
            while (true)
            {
                await more.WaitAsync();
                await script.SendAsync("x");
            }
        });
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock });
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 1000)], default, default))
        {
            var octet = new byte[1];
            for (var count = 0; count < 5; count++) await DripAsync();
            var slow = await Assert.ThrowsAsync<TimeoutException>(DripAsync);
            Assert.Contains("the answer to RETR 1 comes in at less than 100 octets per second", slow.Message);
            break;

            async Task DripAsync()
            {
                var reading = message.Content.ReadExactlyAsync(octet).AsTask();
                clock.Advance(TimeSpan.FromSeconds(10));
                more.Release();
                await reading;
            }
        }
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_message_that_is_slow_but_above_the_minimum_rate_is_read_for_as_long_as_it_takes()
    {
        var clock = new FakeTimeProvider();
        var more = new SemaphoreSlim(0);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            await script.SendAsync("+OK\r\n");
            for (var count = 0; count < 20; count++)
            {
                await more.WaitAsync();
                await script.SendAsync(new string('x', 1500));
            }
            await script.SendAsync("\r\n.\r\n");
        });
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock });
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 30_002)], default, default))
        {
            var octets = new byte[1500];
            for (var count = 0; count < 20; count++)
            {
                var reading = message.Content.ReadExactlyAsync(octets).AsTask();
                clock.Advance(TimeSpan.FromSeconds(10));
                more.Release();
                await reading;
            }
            Assert.Equal("\r\n", await message.ReadAsync());
        }
        Assert.False(session.IsBroken);
    }

    [Fact]
    public async Task A_session_ends_when_its_time_is_over_even_while_nobody_waits()
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync(new Pop3Options { Clock = clock });
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.True(session.IsBroken);
        Assert.Contains("the session has lasted 3600 s", (await Assert.ThrowsAsync<SessionTimeoutException>(() => session.NoopAsync(default))).Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.NoopAsync(default));
        await server.FinishAsync();
    }

    [Theory]
    [InlineData(TlsMode.None)]
    [InlineData(TlsMode.Implicit)]
    public async Task A_server_that_never_greets_is_given_up_after_the_connect_time(TlsMode tls)
    {
        var clock = new FakeTimeProvider();
        await using var server = ScriptedServer.Run(_ => Task.CompletedTask);
        var opening = server.OpenAsync(new Pop3Options { Clock = clock }, tls: tls);
        clock.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(opening.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains("no connection, protection and greeting within 30 s", (await Assert.ThrowsAsync<TimeoutException>(() => opening)).Message);
    }

    [Fact]
    public async Task A_handshake_after_STLS_that_stalls_is_given_up()
    {
        var clock = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS");
            await script.PlayAsync("C: STLS\nS: +OK");
            await script.ReadOctetAsync();
            asked.SetResult();
        });
        var opening = server.OpenAsync(new Pop3Options { Clock = clock }, tls: TlsMode.Stls);
        await asked.Task;
        clock.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<TimeoutException>(() => opening);
    }

    [Fact]
    public void A_limit_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(new Pop3Options { Timeout = TimeSpan.Zero }.Check);
        Assert.Throws<ArgumentOutOfRangeException>(new Pop3Options { WindowCommands = 0 }.Check);
        Assert.Throws<ArgumentOutOfRangeException>(new Pop3Options { MaxReplyLine = 100 }.Check);
        new Pop3Options().Check();
    }

    static async Task ForeverAsync(ServerScript script, string start, Func<int, string> line)
    {
        await script.SendAsync(start);
        try
        {
            for (var number = 1; ; number++) await script.SendAsync(line(number));
        }
        catch (IOException)
        {
            // The client has had enough.
        }
    }
}
