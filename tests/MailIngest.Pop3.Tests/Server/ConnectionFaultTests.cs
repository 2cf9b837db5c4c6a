using System.Globalization;
using System.Net.Sockets;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Cut, reset, stall and dribble, seen on the wire.</summary>
public sealed class ConnectionFaultTests : FaultTest
{
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
    public async Task A_reset_of_a_transport_that_is_no_socket_is_its_end()
    {
        Start(FaultScript.None.At("NOOP").ResetBefore());
        var transport = new WriteSizes("USER alice\r\nPASS secret\r\nNOOP\r\nSTAT\r\n");
        await Server.ServeAsync(transport, default);
        Assert.Equal(3, transport.Sizes.Count);
        Assert.False(transport.CanRead);
        Assert.False(Maildrop.IsLocked);
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
