using System.Net;
using System.Net.Sockets;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>What the network does to a session: cut, reset, refused; and cancelling.</summary>
public class TransportFaults
{
    [Theory]
    [InlineData("")]
    [InlineData("+O")]
    [InlineData("+OK\r\n")]
    [InlineData("+OK\r\nhalf")]
    [InlineData("+OK\r\nwhole line\r\n")]
    [InlineData("+OK\r\nline\r\n.")]
    [InlineData("+OK\r\nline\r\n.\r")]
    public async Task An_end_before_the_termination_octet_is_an_error(string sent)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("RETR 1");
            if (sent.Length > 0) await script.SendAsync(sent);
            await script.CloseAsync();
        });
        await using var session = await server.OpenAsync();
        var lost = await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.RetrieveAsync());
        Assert.True(lost.ConnectionLost);
        Assert.Equal("pop.example.com:110: the server closed the connection while the answer to RETR 1 was awaited.", lost.Message);
        Assert.True(session.IsBroken);
    }

    /// <summary>So ends, under TLS 1.3, a session with a server that does not take our certificate: an alert where the greeting should be.
    /// </summary>
    [Fact]
    public async Task A_failure_of_TLS_is_told_by_its_cause()
    {
        using var certificate = Certificates.For("pop.example.com");
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SendBelowAsync([0x17, 3, 3, 0, 32, .. new byte[32]]); // a record that nobody has encrypted
        });
        var lost = await Assert.ThrowsAsync<IOException>(() =>
            server.OpenAsync(Certificates.Trusting(certificate), tls: TlsMode.Implicit));
        Assert.StartsWith("pop.example.com:110: the connection was lost while the greeting was awaited: error:", lost.Message);
    }

    [Theory]
    [InlineData("LIST", "+OK\r\n1 120\r\n")]
    [InlineData("UIDL", "+OK\r\n1 a\r\n.")]
    public async Task A_listing_that_is_cut_off_is_an_error(string command, string sent)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync(command);
            await script.SendAsync(sent);
            await script.CloseAsync();
        });
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAsync<Pop3ProtocolException>(() => command == "LIST" ? session.ListAsync(default) : session.UidlAsync(default));
    }

    [Fact]
    public async Task A_server_that_left_between_two_commands_is_noticed_before_the_next_is_sent()
    {
        var left = new TaskCompletionSource();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.PlayAsync("C: NOOP\nS: +OK");
            await script.CloseAsync();
            left.SetResult();
        });
        await using var session = await server.OpenAsync();
        await session.NoopAsync(default);
        await left.Task;
        var lost = await Assert.ThrowsAsync<Pop3ProtocolException>(() => session.QuitAsync(default));
        Assert.Equal("pop.example.com:110: the server closed the connection before QUIT was sent.", lost.Message);
    }

    [Fact]
    public async Task A_reset_inside_a_message_names_server_and_command()
    {
        await using var server = await ScriptedServer.RunOnSocketAsync(async (script, socket) =>
        {
            await script.SignInAsync();
            await script.PlayAsync("C: RETR 1\nS: +OK\nS: half");
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        await using var session = await server.OpenAsync();
        var lost = await Assert.ThrowsAsync<IOException>(() => session.RetrieveAsync());
        Assert.StartsWith("pop.example.com:110: the connection was lost while the answer to RETR 1 was awaited: ", lost.Message);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_refused_connection_names_the_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var failure = await Assert.ThrowsAsync<IOException>(() =>
            Pop3Client.OpenAsync(new Pop3Endpoint("127.0.0.1", port, TlsMode.None), ScriptedServer.User(), new Pop3Options(), default));
        Assert.StartsWith($"127.0.0.1:{port}: cannot connect: ", failure.Message);
        Assert.IsType<SocketException>(failure.InnerException);
    }

    [Fact]
    public async Task A_connection_over_TCP_signs_in()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptTcpClientAsync();
        var opening = Pop3Client.OpenAsync(
            new Pop3Endpoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port, TlsMode.None), ScriptedServer.User(), new Pop3Options(), default);
        using var accepted = await accepting;
        await new ServerScript(accepted.GetStream()).SignInAsync("PIPELINING");
        await using var session = await opening;
        Assert.True(session.Pipelines);
    }

    [Fact]
    public async Task Cancelling_closes_the_connection_and_nothing_more_is_sent()
    {
        using var stop = new CancellationTokenSource();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectAsync("LIST");
            await stop.CancelAsync();
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.ListAsync(stop.Token));
        Assert.True(session.IsBroken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.QuitAsync(default));
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_sends_nothing()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SignInAsync();
            await script.ExpectCloseAsync();
        });
        await using var session = await server.OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.QuitAsync(new CancellationToken(true)));
        await server.FinishAsync();
    }

    [Fact]
    public async Task Opening_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        await using var server = ScriptedServer.Run(script => script.ExpectCloseAsync());
        var opening = server.OpenAsync(stop: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await server.FinishAsync();
    }

    [Fact]
    public async Task A_command_that_cannot_be_sent_is_an_error_and_no_waiting()
    {
        await using var server = await ScriptedServer.RunOnSocketAsync(async (script, socket) =>
        {
            await script.SignInAsync("PIPELINING");
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        await using var session = await server.OpenAsync();
        await server.FinishAsync();
        var lost = await Assert.ThrowsAnyAsync<Exception>(() => session.DeleteAsync([.. Enumerable.Range(1, 5000)], default));
        Assert.True(lost is IOException or Pop3ProtocolException, lost.ToString());
        Assert.True(session.IsBroken);
    }
}
