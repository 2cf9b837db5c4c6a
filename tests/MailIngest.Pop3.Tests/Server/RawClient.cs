using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Speaks octets to a server and knows nothing of POP3 but line ends, so that it cannot share an error with our client.</summary>
public sealed class RawClient : IAsyncDisposable
{
    readonly Socket? socket;
    readonly Stream transport;
    readonly byte[] one = new byte[1];

    // A guard against a server that hangs; no test depends on it.
    readonly CancellationTokenSource guard = new(TimeSpan.FromSeconds(60));

    public RawClient(Stream transport, Socket? socket = null) => (this.transport, this.socket, Stream) = (transport, socket, transport);

    public Stream Stream { get; private set; }

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new(new BufferedStream(new NetworkStream(socket, ownsSocket: true)), socket);
    }

    /// <summary>Sends text as it is, one octet per character.</summary>
    public async Task SendAsync(string text)
    {
        await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), guard.Token);
        await Stream.FlushAsync(guard.Token);
    }

    /// <summary>Sends a command and reads one line.</summary>
    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await LineAsync();
    }

    /// <summary>Sends a command and reads a multi-line answer: status line, then the rest as it was on the wire, terminator
    /// included.</summary>
    public async Task<(string Status, string Block)> AskBlockAsync(string command)
    {
        var status = await AskAsync(command);
        return (status, await BlockAsync());
    }

    /// <summary>One line without its CRLF.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        while (line is not { Length: >= 2 } || line[^1] != '\n' || line[^2] != '\r')
            line.Append(await OctetAsync() ?? throw new EndOfStreamException($"the connection ended after \"{line}\""));
        return line.ToString(0, line.Length - 2);
    }

    /// <summary>Everything to the line that is a dot alone, that line included.</summary>
    public async Task<string> BlockAsync()
    {
        var block = new StringBuilder();
        string line;
        do
        {
            line = await LineAsync();
            block.Append(line).Append("\r\n");
        }
        while (line != ".");
        return block.ToString();
    }

    /// <summary>Exactly so many octets.</summary>
    public async Task<string> OctetsAsync(int count)
    {
        var octets = new byte[count];
        await Stream.ReadExactlyAsync(octets, guard.Token);
        return Encoding.Latin1.GetString(octets);
    }

    /// <summary>Everything until the server closes the connection.</summary>
    public async Task<string> RestAsync()
    {
        var rest = new MemoryStream();
        await Stream.CopyToAsync(rest, guard.Token);
        return Encoding.Latin1.GetString(rest.ToArray());
    }

    public async Task<SslStream> StartTlsAsync(SslProtocols protocols = SslProtocols.None)
    {
#pragma warning disable CA5359 // the certificate is made by the test
        var tls = new SslStream(transport, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost",
            EnabledSslProtocols = protocols }, guard.Token);
        Stream = tls;
        return tls;
    }

    /// <summary>FIN, and still reading.</summary>
    public void Finish() => socket!.Shutdown(SocketShutdown.Send);

    /// <summary>RST.</summary>
    public void Reset()
    {
        socket!.LingerState = new LingerOption(true, 0);
        socket.Close(0);
    }

    public async ValueTask DisposeAsync()
    {
        if (!ReferenceEquals(Stream, transport))
            await Stream.DisposeAsync();
        await transport.DisposeAsync();
        guard.Dispose();
    }

    async Task<char?> OctetAsync() => await Stream.ReadAsync(one, guard.Token) == 0 ? null : (char)one[0];
}
