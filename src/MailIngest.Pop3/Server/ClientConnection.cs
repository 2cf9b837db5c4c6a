using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MailIngest.Pop3.Server;

/// <summary>The octets to and from one client, plain or under TLS, and the ways in which a connection can end.</summary>
sealed class ClientConnection : IDisposable
{
    static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    readonly Stream _transport;
    readonly Socket? _socket;
    readonly TimeProvider _clock;
    Stream _stream;
    SslStream? _tls;

    public ClientConnection(Stream transport, Socket? socket, TimeProvider clock) =>
        (_transport, _socket, _clock, _stream) = (transport, socket, clock, transport);

    public bool IsSecure => _tls is not null;

    public ValueTask<int> ReadAsync(Memory<byte> octets, CancellationToken stop) => _stream.ReadAsync(octets, stop);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken stop)
    {
        await _stream.WriteAsync(octets, stop);
        await _stream.FlushAsync(stop);
    }

    /// <summary>The server's side of the handshake. A client certificate is asked for only where one can be used to sign in (RFC 8314
    /// §3.1).</summary>
    public async Task StartTlsAsync(X509Certificate2 certificate, ClientCertificates clients, CancellationToken stop)
    {
        _tls = new SslStream(_transport, leaveInnerStreamOpen: true);
        _stream = _tls;
        var handshake = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
#pragma warning disable CA5398 // RFC 8314 §5 names the least version; newer ones come with the platform
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
        };
        clients.Ask(handshake);
        await _tls.AuthenticateAsServerAsync(handshake, stop);
    }

    /// <summary>Reads and forgets until the client closes the connection.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        var nowhere = new byte[4096];
        while (await _transport.ReadAsync(nowhere, stop) > 0)
        {
        }
    }

    /// <summary>An orderly end: close_notify (RFC 8314 §3.4), then FIN.</summary>
    public async Task CloseAsync(CancellationToken stop)
    {
        try
        {
            if (_tls is { IsAuthenticated: true })
                await _tls.ShutdownAsync();
        }
        catch (Exception e) when (IsGone(e))
        {
            // The client has left before us: nobody is there to be notified.
        }
        await CutAsync(stop);
    }

    /// <summary>FIN, nothing else. The socket stays until the client has closed its side too: closing it over unread
    /// octets would turn the FIN into an RST, which takes away what the client has not read yet.</summary>
    public async Task CutAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Linger, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            if (_socket is not null)
            {
                _socket.Shutdown(SocketShutdown.Send);
                await DrainAsync(either.Token);
            }
        }
        catch (Exception e) when (IsGone(e) || e is OperationCanceledException)
        {
            // Gone, or out of patience: either way the connection is over.
        }
        Dispose();
    }

    /// <summary>RST; on a transport that is no socket simply its end.</summary>
    public void Reset()
    {
        if (_socket is not null)
        {
            _socket.LingerState = new LingerOption(true, 0);
            _socket.Close(0);
        }
        Dispose();
    }

    /// <summary>The other side, or the connection itself, is not there any more.</summary>
    public static bool IsGone(Exception e) => e is IOException or SocketException or ObjectDisposedException;

    public void Dispose()
    {
        _transport.Dispose();
        _tls?.Dispose();
    }
}
