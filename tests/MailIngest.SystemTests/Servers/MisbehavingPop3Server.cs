using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MailIngest.SystemTests.Servers;

/// <summary>A POP3 server with one message, which answers RETR with exactly the octets that a test wants, and no others.</summary>
/// <remarks>Nothing of it is shared with MailIngest's own server: what both get wrong would else look right.</remarks>
public sealed class MisbehavingPop3Server : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentQueue<string> _commands = new();
    readonly X509Certificate2? _certificate;
    readonly Task _serving;
    bool _gone;

    /// <summary>Starts listening; with a certificate it speaks TLS from the first octet.</summary>
    public MisbehavingPop3Server(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The size in the scan listing.</summary>
    public required long Listed { get; init; }

    /// <summary>Everything that is sent for RETR, after its status line.</summary>
    public required byte[] Answer { get; init; }

    /// <summary>The answer is sent in segments of this many octets.</summary>
    public int Segment { get; init; } = int.MaxValue;

    /// <summary>Closes the connection after the answer, in TLS without saying so first.</summary>
    public bool ThenHangUp { get; init; }

    /// <summary>What clients have asked, keywords only.</summary>
    public IReadOnlyCollection<string> Commands => _commands;

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                socket.NoDelay = true;
                await using var connection = new NetworkStream(socket, ownsSocket: false);
                try
                {
                    await TalkAsync(await SecureAsync(connection));
                }
                catch (IOException)
                {
                    // The client closed the connection, as it should when it is treated like this.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    async Task<Stream> SecureAsync(NetworkStream connection)
    {
        if (_certificate is null)
            return connection;
        var secure = new SslStream(connection, leaveInnerStreamOpen: true);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return secure;
    }

    async Task TalkAsync(Stream stream)
    {
        var deleted = false;
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        await SayAsync(stream, "+OK\r\n");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            var keyword = line.Split(' ')[0].ToUpperInvariant();
            _commands.Enqueue(keyword);
            switch (keyword)
            {
                case "STAT": await SayAsync(stream, _gone ? "+OK 0 0\r\n" : $"+OK 1 {Listed}\r\n"); break;
                case "LIST": await SayAsync(stream, _gone ? "+OK\r\n.\r\n" : $"+OK\r\n1 {Listed}\r\n.\r\n"); break;
                case "UIDL": await SayAsync(stream, _gone ? "+OK\r\n.\r\n" : "+OK\r\n1 the-only-one\r\n.\r\n"); break;
                case "CAPA": await SayAsync(stream, "+OK\r\nUSER\r\nUIDL\r\n.\r\n"); break;
                case "RETR":
                    await SayAsync(stream, "+OK\r\n");
                    for (var at = 0; at < Answer.Length; at += Segment)
                        await stream.WriteAsync(Answer.AsMemory(at, Math.Min(Segment, Answer.Length - at)), _stop.Token);
                    if (ThenHangUp)
                        return;
                    break;
                case "DELE": deleted = true; await SayAsync(stream, "+OK\r\n"); break;
                case "QUIT": _gone |= deleted; await SayAsync(stream, "+OK\r\n"); return;
                case "USER" or "PASS" or "NOOP" or "RSET": await SayAsync(stream, "+OK\r\n"); break;
                default: await SayAsync(stream, "-ERR\r\n"); break;
            }
        }
    }

    ValueTask SayAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }
}
