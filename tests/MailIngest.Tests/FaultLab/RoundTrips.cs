using System.Net;
using System.Net.Sockets;

namespace MailIngest.Tests.FaultLab;

/// <summary>
/// Stands between client and server and counts the round trips that the wire would cost, without any delay: one each time the client
/// speaks after it has heard something.
/// </summary>
sealed class RoundTrips : IAsyncDisposable
{
    readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    readonly CancellationTokenSource _stop = new();
    readonly IPEndPoint _server;
    readonly Task _relaying;
    int _heard = 1;
    int _count;

    RoundTrips(IPEndPoint server)
    {
        _server = server;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _relaying = RelayAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public int Count => Volatile.Read(ref _count);

    public static RoundTrips To(IPEndPoint server) => new(server);

    async Task RelayAsync()
    {
        try
        {
            using var client = await _listener.AcceptAsync(_stop.Token);
            using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(_server, _stop.Token);
            var spoken = PumpAsync(client, server, () => _count += Interlocked.Exchange(ref _heard, 0));
            await PumpAsync(server, client, () => Interlocked.Exchange(ref _heard, 1));
            client.Shutdown(SocketShutdown.Both);
            await spoken;
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException)
        {
            // The session is over.
        }
    }

    async Task PumpAsync(Socket from, Socket to, Action passes)
    {
        var buffer = new byte[64 * 1024];
        int octets;
        while ((octets = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
        {
            passes();
            await to.SendAsync(buffer.AsMemory(0, octets), _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _relaying;
        _stop.Dispose();
    }
}
