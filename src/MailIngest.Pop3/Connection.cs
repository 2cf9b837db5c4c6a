using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3;

/// <summary>
/// One connection to a server: commands go out, answers come back in their order. It is usable or broken; once broken, its transport
/// is closed and nothing more is sent, not even QUIT, so the server removes nothing (RFC 1939 §6).
/// </summary>
sealed partial class Connection : IAsyncDisposable
{
    static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(2);

    readonly Pop3Options _options;
    readonly Stream _transport;
    readonly Watchdog _watchdog;
    readonly CancellationTokenSource _lifetime = new();
    Stream _stream;
    ReadBuffer _unread = new();
    CommandWriter _writer;
    ValueTask<int>? _probe;
    Command? _answering;
    bool _answerOpen;
    Exception? _failure;
    int _reported;

    /// <param name="transport">Any duplex stream; the connection closes it.</param>
    /// <param name="server">Its name, for errors and certificates.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="begun">When connecting began, by the options' clock.</param>
    public Connection(Stream transport, Pop3Endpoint server, Pop3Options options, long begun)
    {
        _transport = _stream = transport;
        _options = options;
        Server = server;
        Window = new CommandWindow(options.Clock, options.WindowOctets);
        _writer = new CommandWriter(_stream, SendingFailed, _lifetime.Token);
        _watchdog = new Watchdog(options, begun, Expired);
    }

    public Pop3Endpoint Server { get; }

    public CommandWindow Window { get; }

    /// <summary>When the certificate that protects this connection expires; null without one.</summary>
    public DateTimeOffset? CertificateExpires =>
        _stream is SslStream { RemoteCertificate: X509Certificate2 certificate } ? certificate.NotAfter.ToUniversalTime() : null;

    /// <summary>What would tie a sign-in to this connection; null where nothing does.</summary>
    public ChannelBinding? Binding =>
        _stream is SslStream { RemoteCertificate: X509Certificate2 certificate } ? ChannelBinding.Of(certificate) : null;

    /// <summary>The server has asked who we are, and was shown a certificate.</summary>
    public bool ShowedCertificate => _stream is SslStream { IsMutuallyAuthenticated: true };

    public bool IsBroken => Volatile.Read(ref _failure) is not null;

    /// <summary>A multi-line answer is being read, or answers are outstanding.</summary>
    public bool IsBusy => _answerOpen || Window.Outstanding > 0;

    public ReadOnlySpan<byte> Unread => _unread.Unread;

    public void Consume(int octets) => _unread.Consume(octets);

    /// <summary>Puts one command in the outgoing buffer; it leaves when an answer is asked for at the latest.</summary>
    /// <param name="command">What to send.</param>
    /// <param name="answerOctets">How large its answer will be, as far as is known: what <see cref="CommandWindow"/> bounds.</param>
    public void Send(Command command, long answerOctets = 0)
    {
        if (IsBroken) throw Failure();
        if (_answerOpen) throw new InvalidOperationException($"{Server}: {command} must wait until {Answer} was read to its end.");
        if (Window.Outstanding == 0) EnsureInStep(command);
        SendInside(command, answerOctets);
    }

    /// <summary>Throws when the server has said something although nothing was asked: its next answer could not be trusted.</summary>
    void EnsureInStep(Command next)
    {
        if (_unread.IsEmpty) Probe(next);
        if (!_unread.IsEmpty)
            throw Broken($"{Server}: the server said \"{Show(Unread)}\" before {next} was sent; the session was ended.");
    }

    /// <summary>Begins to read before anything is sent. What comes at once was not asked for; what comes later is the answer.</summary>
    void Probe(Command next)
    {
        try
        {
            _probe ??= _stream.ReadAsync(_unread.Room(), _lifetime.Token).Preserve();
            if (!_probe.Value.IsCompleted) return;
            var octets = _probe.Value.Result;
            _probe = null;
            _unread.Received(octets);
            if (octets > 0) return;
        }
        catch (Exception lost)
        {
            _probe = null;
            throw Lost(lost, $"before {next} was sent");
        }
        throw Broken($"{Server}: the server closed the connection before {next} was sent.", connectionLost: true);
    }

    /// <summary>Receives at least one octet.</summary>
    /// <exception cref="Pop3ProtocolException">The connection ended inside an answer.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FillAsync(CancellationToken stop)
    {
        if (stop.IsCancellationRequested) Abort(new OperationCanceledException(stop));
        if (IsBroken) throw Failure();
        _writer.Flush();
        int octets;
        try
        {
            var reading = _probe ?? _stream.ReadAsync(_unread.Room(), _lifetime.Token);
            _probe = null;
            if (!reading.IsCompleted) _watchdog.Waiting();
            using (stop.UnsafeRegister(static (connection, token) =>
                       ((Connection)connection!).Abort(new OperationCanceledException(token)), this))
                octets = await reading;
            _watchdog.Heard(octets);
        }
        catch (Exception lost)
        {
            throw Lost(lost, $"while {Answer} was awaited");
        }
        if (IsBroken) throw Failure();
        if (octets == 0) throw Broken($"{Server}: the server closed the connection while {Answer} was awaited.", connectionLost: true);
        _unread.Received(octets);
    }

    /// <summary>TLS from here on: what was received before is thrown away with the buffer that held it (RFC 2595 §4).</summary>
    public async Task ProtectAsync(CancellationToken stop)
    {
        if (!_unread.IsEmpty)
            throw Abort(new Pop3TlsException($"{Server}: \"{Show(Unread)}\" followed the answer to STLS without protection: somebody "
                + "may be tampering with the connection; nothing was sent."));
        _watchdog.Connecting();
        _unread.Dispose();
        _unread = new ReadBuffer();
        using var canceled = stop.UnsafeRegister(static (connection, token) =>
            ((Connection)connection!).Abort(new OperationCanceledException(token)), this);
        try
        {
            _stream = await new TlsHandshake(Server, _options.Tls).RunAsync(_transport, _lifetime.Token);
            _writer = new CommandWriter(_stream, SendingFailed, _lifetime.Token);
        }
        catch (Pop3TlsException refused)
        {
            throw IsBroken ? Failure() : Abort(refused);
        }
        catch (Exception lost)
        {
            throw Lost(lost, "during the TLS handshake");
        }
    }

    /// <summary>The greeting, and before or after it TLS, are done: the connect deadline no longer counts.</summary>
    public void Connected() => _watchdog.Connected();

    /// <summary>Closes the transport. Under TLS the peer is told so (RFC 8314 §3.4), which is no QUIT.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!IsBroken && _stream is SslStream tls)
        {
            try { await tls.ShutdownAsync().WaitAsync(FarewellTime, _options.Clock); }
            catch (Exception gone) when (
                gone is IOException or TimeoutException or ObjectDisposedException or InvalidOperationException) { }
        }
        Abort(new ObjectDisposedException(nameof(MaildropSession)));
        _watchdog.Dispose();
        // A read that nobody waits for any more ends with the transport: its failure is no news.
        if (_probe is { } read) _ = read.AsTask().ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        if (_stream != _transport) await _stream.DisposeAsync();
        // A read that is still under way owns the buffer: then it is left to the garbage collector.
        if (_probe is null || _probe.Value.IsCompleted) _unread.Dispose();
    }
}
