using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>What those learn who go on asking a session that is over, and what a failing send does.</summary>
public class BrokenSessions
{
    [Fact]
    public async Task A_disposed_session_says_that_it_is_over()
    {
        await using var server = ScriptedServer.Play("");
        var session = await server.OpenAsync();
        await session.DisposeAsync();
        Assert.StartsWith("pop.example.com:110: the session is over: ",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => session.NoopAsync(default))).Message);
    }

    [Fact]
    public async Task A_message_of_a_broken_session_cannot_be_read_on()
    {
        using var stop = new CancellationTokenSource();
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: half of it");
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 100)], default, default))
        {
            var octets = new byte[100];
            Assert.NotEqual(0, await message.Content.ReadAsync(octets));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => message.Content.ReadAsync(octets, stop.Token).AsTask());
            await Assert.ThrowsAsync<InvalidOperationException>(() => message.Content.ReadAsync(octets).AsTask());
            break;
        }
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task Reading_into_no_room_reads_nothing_and_is_not_the_end()
    {
        await using var server = ScriptedServer.Play("C: RETR 1\nS: +OK\nS: hello\nS: .");
        await using var session = await server.OpenAsync();
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 7)], default, default))
        {
            Assert.Equal(0, await message.Content.ReadAsync(Memory<byte>.Empty));
            Assert.Equal("hello\r\n", await message.ReadAsync());
        }
    }

    [Fact]
    public async Task A_command_that_cannot_be_sent_is_why_its_answer_never_comes()
    {
        var (client, server) = DuplexStream.Pair();
        await using var transport = new FailingSends(client);
        var script = new ServerScript(server);
        var opening = Pop3Client.OpenAsync(transport, ScriptedServer.Endpoint(), ScriptedServer.User(), new Pop3Options(), default);
        await script.SignInAsync();
        await using var session = await opening;

        transport.Sending = () => Task.FromException(new IOException("Broken pipe"));
        Assert.Equal("pop.example.com:110: the connection was lost while a command was being sent: Broken pipe",
            (await Assert.ThrowsAsync<IOException>(() => session.NoopAsync(default))).Message);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_send_that_fails_because_the_session_was_given_up_does_not_change_why()
    {
        var (client, server) = DuplexStream.Pair();
        await using var transport = new FailingSends(client);
        var clock = new FakeTimeProvider();
        var script = new ServerScript(server);
        var opening = Pop3Client.OpenAsync(
            transport, ScriptedServer.Endpoint(), ScriptedServer.User(), new Pop3Options { Clock = clock }, default);
        await script.SignInAsync();
        await using var session = await opening;

        var stuck = new TaskCompletionSource();
        transport.Sending = () => stuck.Task;
        var asking = session.NoopAsync(default);
        clock.Advance(TimeSpan.FromMinutes(10));
        stuck.SetException(new IOException("Broken pipe"));
        Assert.Contains("silence", (await Assert.ThrowsAsync<TimeoutException>(() => asking)).Message);
        Assert.Contains("silence", (await Assert.ThrowsAsync<InvalidOperationException>(() => session.NoopAsync(default))).Message);
    }

    [Fact]
    public async Task A_port_that_cannot_be_is_the_callers_mistake_and_no_network_failure() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Pop3Client.OpenAsync(
            new Pop3Endpoint("127.0.0.1", 70_000, TlsMode.None), ScriptedServer.User(), new Pop3Options(), default));

    /// <summary>A transport that receives, and sends only as long as it is let.</summary>
    sealed class FailingSends(Stream inner) : Stream
    {
        public Func<Task> Sending { get; set; } = () => Task.CompletedTask;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Sending();
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
