using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailIngest.SystemTests.Servers;

/// <summary>Where an authority publishes what it has revoked: a web server on loopback with one document.</summary>
internal sealed class RevocationServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Task _serving;

    public RevocationServer()
    {
        _listener.Start();
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/revoked.crl");
        _serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>The list; empty: there is none.</summary>
    public byte[] List { get; set; } = [];

    /// <summary>How often it was asked for.</summary>
    public int Asked { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // stopped
            }
            using (client)
                await AnswerAsync(client.GetStream());
        }
    }

    async Task AnswerAsync(NetworkStream stream)
    {
        using var request = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await request.ReadLineAsync() is { Length: > 0 })
        {
        }
        Asked++;
        var status = List.Length > 0 ? "200 OK" : "404 Not Found";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Length: {List.Length}\r\nConnection: close\r\n\r\n")));
        await stream.WriteAsync(List);
    }
}
