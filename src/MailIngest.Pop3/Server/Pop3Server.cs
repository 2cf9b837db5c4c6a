using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MailIngest.Pop3.Server;

/// <summary>An RFC 1939 server: one listener, one session per connection. For tests and demonstrations; it can misbehave on
/// purpose.</summary>
/// <example>
/// <code>
/// var maildrop = new Maildrop();
/// maildrop.Add("Subject: hello\r\n\r\nworld\r\n"u8.ToArray());
/// await using var server = Pop3Server.Start(new Pop3ServerOptions
/// {
///     Accounts = new Dictionary&lt;string, Pop3Account> { ["alice"] = new("secret", maildrop) },
///     Faults = FaultScript.None.At("QUIT", occurrence: 1).CutAfterOctets(0),
/// });
/// // ... connect to server.Port ...
/// await server.SessionsClosedAsync();
/// server.Events.Commands("DELE");
/// </code>
/// </example>
public sealed class Pop3Server : IAsyncDisposable
{
    readonly Socket? _listener;
    readonly CancellationTokenSource _stopping = new();
    readonly ConcurrentDictionary<int, Task> _sessions = new();
    readonly SharedByServer _shared;
    readonly Task _accepting;
    int _lastSession;

    Pop3Server(Pop3ServerOptions options, Socket? listener)
    {
        _listener = listener;
        _shared = new(options, new FaultPlayer(options.Faults), new ServerEvents(), new LoginDelay(options.LoginDelay, options.Clock));
        _accepting = listener is null ? Task.CompletedTask : AcceptAsync(listener);
    }

    /// <summary>Where it listens.</summary>
    /// <exception cref="InvalidOperationException">It listens nowhere.</exception>
    public IPEndPoint EndPoint =>
        (IPEndPoint?)_listener?.LocalEndPoint ?? throw new InvalidOperationException("This server listens nowhere.");

    /// <summary>The port it listens on.</summary>
    public int Port => EndPoint.Port;

    /// <summary>What happened, in order.</summary>
    public ServerEvents Events => _shared.Events;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ArgumentException">TLS is asked for and there is no certificate with a private key.</exception>
    /// <exception cref="SocketException">The address or port cannot be used.</exception>
    public static Pop3Server Start(Pop3ServerOptions options)
    {
        Check(options);
        var listener = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(options.Address, options.Port));
            listener.Listen();
            return new Pop3Server(options, listener);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>A server that listens nowhere: it serves what <see cref="ServeAsync(Stream, CancellationToken)"/> is given, and begins on
    /// the caller's thread, in the caller's synchronization context.</summary>
    /// <exception cref="ArgumentException">TLS is asked for and there is no certificate with a private key.</exception>
    public static Pop3Server Unbound(Pop3ServerOptions options)
    {
        Check(options);
        return new Pop3Server(options, null);
    }

    /// <summary>Serves one session on any duplex stream, which is disposed at its end.</summary>
    /// <returns>When the session is over.</returns>
    public Task ServeAsync(Stream transport, CancellationToken stop) => ServeAsync(transport, null, stop);

    /// <summary>Waits until no session is open: every maildrop is unlocked, every removal done.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled first.</exception>
    public Task SessionsClosedAsync(CancellationToken stop = default) => Events.SessionsClosedAsync(stop);

    /// <summary>Stops listening, ends all sessions without removing anything, and waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        _listener?.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        _stopping.Dispose();
    }

    static void Check(Pop3ServerOptions options)
    {
        if (options.Tls != TlsMode.None && options.Certificate is not { HasPrivateKey: true })
            throw new ArgumentException($"TLS ({options.Tls}) needs a certificate with its private key", nameof(options));
    }

    async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                continue; // That client has left while it waited to be accepted.
            }
            client.NoDelay = true;
            _ = ServeAsync(new NetworkStream(client, ownsSocket: true), client, _stopping.Token);
        }
    }

    Task ServeAsync(Stream transport, Socket? socket, CancellationToken stop)
    {
        var number = Interlocked.Increment(ref _lastSession);
        Events.Add(new(number, ServerEventKind.Connected, "", ""));
        var session = _listener is null ? RunAsync() : Task.Run(RunAsync, CancellationToken.None);
        _sessions[number] = session;
        // A session that failed by a defect stays: disposing the server throws what it threw.
        _ = session.ContinueWith(
            _ => _sessions.TryRemove(number, out var _), default,
            TaskContinuationOptions.NotOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return session;

        async Task RunAsync()
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _stopping.Token);
            var connection = new ClientConnection(transport, socket, _shared.Options.Clock);
            await using var session = new ServerSession(number, connection, _shared, either.Token);
            await session.RunAsync(either.Token);
        }
    }
}
