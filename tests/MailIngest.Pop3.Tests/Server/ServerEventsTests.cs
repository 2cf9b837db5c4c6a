using System.IO.Pipelines;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>What the server tells about its sessions, and how it starts and stops.</summary>
public sealed class ServerEventsTests : ServerTest
{
    [Fact]
    public async Task A_session_is_told_in_order_from_the_connection_to_its_end()
    {
        Add("x\r\n", "id1");
        var client = await SignInAsync();
        await client.AskBlockAsync("RETR 1");
        await AskAsync(client, "DELE 1", "QUIT");
        await Server.SessionsClosedAsync();
        Assert.Equal(
        [
            "--: Connected", "S: +OK POP3 server ready",
            "C: USER alice", "S: +OK send PASS",
            "C: PASS ****", "--: SignedIn: alice", "S: +OK maildrop has 1 messages",
            "C: RETR 1", "S: +OK 17 octets",
            "C: DELE 1", "S: +OK message 1 deleted",
            "C: QUIT", "--: removed message 1 (id1)", "S: +OK bye",
            "--: Closed: QUIT",
        ], Server.Events.Select(e => e.ToString()));
        Assert.All(Server.Events, e => Assert.Equal(1, e.Session));
        Assert.Equal(new ServerEvent(1, ServerEventKind.Command, "DELE", "DELE 1", 1, "id1"),
            Assert.Single(Server.Events.Commands("DELE")));
        Assert.Single(Server.Events.SignIns);
        Assert.Equal("id1", Assert.Single(Server.Events.Removals).UniqueId);
    }

    [Fact]
    public async Task No_secret_is_ever_told()
    {
        Start(Plain with { Apop = true });
        var client = await ConnectAsync();
        var plain = Convert.ToBase64String("\0alice\0secret"u8);
        await AskAsync(client, "APOP alice c4c9334bac560ecc979e58001b3e22fb", "AUTH PLAIN " + plain + "x", "AUTH PLAIN", plain[4..],
            "USER alice", "pass secret");
        var told = string.Join('\n', Server.Events);
        Assert.DoesNotContain("secret", told);
        Assert.DoesNotContain(plain[4..], told);
        Assert.DoesNotContain("c4c93", told);
        Assert.Contains("C: PASS ****", told);
        Assert.Contains("C: APOP alice ****", told);
        Assert.Contains("C: AUTH PLAIN ****", told);
    }

    [Fact]
    public async Task Waiting_sees_what_has_happened_and_what_will()
    {
        var client = await SignInAsync();
        Assert.Equal("PASS", (await Server.Events.WaitForAsync(e => e.Kind == ServerEventKind.SignedIn)).Verb);
        var noop = Server.Events.WaitForAsync(e => e.IsCommand("NOOP"));
        Assert.False(noop.IsCompleted);
        await client.AskAsync("NOOP");
        Assert.Equal("NOOP", (await noop).Text);
        using var stop = new CancellationTokenSource();
        var never = Server.Events.WaitForAsync(e => e.IsCommand("NEVER"), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
    }

    [Fact]
    public async Task Waiting_for_the_sessions_ends_when_the_last_one_has()
    {
        Start();
        await Server.SessionsClosedAsync();
        Accounts["bob"] = new("secret", new Maildrop());
        var first = await ConnectAsync();
        var second = await ConnectAsync();
        var closed = Server.SessionsClosedAsync();
        await first.AskAsync("QUIT");
        await Server.Events.WaitForAsync(e => e.Kind == ServerEventKind.Closed);
        Assert.False(closed.IsCompleted);
        await second.AskAsync("QUIT");
        await closed;
    }

    [Fact]
    public async Task Disposing_the_server_ends_its_sessions_and_frees_its_port()
    {
        var client = await SignInAsync();
        var port = Server.Port;
        await Server.DisposeAsync();
        await Server.DisposeAsync();
        Assert.Empty(await client.RestAsync());
        Assert.Equal(ServerEventKind.Closed, Server.Events[^1].Kind);
        await using var next = Pop3Server.Start(Plain with { Port = port });
        Assert.Equal(port, next.Port);
    }

    [Fact]
    public async Task Many_sessions_are_served_at_once()
    {
        Start();
        for (var i = 0; i < 20; i++)
            Accounts[$"user{i}"] = new("secret", new Maildrop());
        await Parallel.ForAsync(0, 20, async (i, _) =>
        {
            await using var client = await RawClient.ConnectAsync(Server.Port);
            await client.LineAsync();
            AssertOk((await AskAsync(client, $"USER user{i}", "PASS secret", "STAT", "QUIT"))[2]);
        });
        await Server.SessionsClosedAsync();
        Assert.Equal(20, Server.Events.SignIns.Count);
    }

    [Fact]
    public async Task A_session_can_be_served_on_any_duplex_stream()
    {
        Add("x\r\n");
        Start();
        var (toServer, toClient) = (new Pipe(), new Pipe());
        await using var client = new RawClient(new Duplex(toClient.Reader, toServer.Writer));
        var session = Server.ServeAsync(new Duplex(toServer.Reader, toClient.Writer), default);
        AssertOk(await client.LineAsync());
        AssertOk((await AskAsync(client, "USER alice", "PASS secret", "DELE 1", "QUIT"))[3]);
        Assert.Empty(await client.RestAsync());
        await session;
        Assert.Equal(0, Maildrop.Count);
    }

    /// <summary>Two pipes as one stream.</summary>
    sealed class Duplex(PipeReader input, PipeWriter output) : Stream
    {
        readonly Stream input = input.AsStream();
        readonly Stream output = output.AsStream();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);
        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);
        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);
        public override void Flush() => output.Flush();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
