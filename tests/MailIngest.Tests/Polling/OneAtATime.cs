using System.Net;
using System.Net.Sockets;

namespace MailIngest.Tests.Polling;

/// <summary>
/// A proxy before a server, of the kind that takes one command for each time it reads: it hangs up when there are several.
/// </summary>
sealed class OneAtATime : IAsyncDisposable
{
    readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    readonly CancellationTokenSource _stop = new();
    readonly IPEndPoint _server;
    readonly int _after;
    readonly Task _serving;

    OneAtATime(IPEndPoint server, int after)
    {
        (_server, _after) = (server, after);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <param name="after">So many commands together are given on before it hangs up.</param>
    public static OneAtATime Before(IPEndPoint server, int after) => new(server, after);

    async Task ServeAsync()
    {
        try
        {
            while (true)
                await RelayAsync();
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    async Task RelayAsync()
    {
        using var client = await _listener.AcceptAsync(_stop.Token);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(_server, _stop.Token);
        var answers = PumpAsync(server, client, int.MaxValue);
        await PumpAsync(client, server, _after);
        await answers;
    }

    async Task PumpAsync(Socket from, Socket to, int most)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int octets; (octets = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                var together = buffer.AsSpan(0, octets).Count((byte)'\n');
                if (most < int.MaxValue && together > 1)
                {
                    for (var n = octets = 0; n < most; n++)
                        octets += buffer.AsSpan(octets).IndexOf((byte)'\n') + 1;
                    await to.SendAsync(buffer.AsMemory(0, octets), _stop.Token);
                    break;
                }
                await to.SendAsync(buffer.AsMemory(0, octets), _stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The session is over.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }
}
