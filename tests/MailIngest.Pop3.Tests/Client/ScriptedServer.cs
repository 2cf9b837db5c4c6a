using System.Net;
using System.Net.Sockets;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>A server that follows a script and fails the test when the client does anything else.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    readonly Stream client;
    readonly Stream server;
    readonly Task playing;

    ScriptedServer(Stream client, Stream server, Func<ServerScript, Task> script)
    {
        this.client = client;
        this.server = server;
        playing = PlayAsync(script);
    }

    /// <summary>Over memory.</summary>
    public static ScriptedServer Run(Func<ServerScript, Task> script, int window = 65536, bool dribbles = false)
    {
        var (client, server) = DuplexStream.Pair(window, dribbles);
        return new ScriptedServer(client, server, script);
    }

    /// <summary>Signs the client in, then plays a transcript of "C: ..." and "S: ..." lines.</summary>
    public static ScriptedServer Play(string transcript, params string[] capabilities) => Run(async script =>
    {
        await script.SignInAsync(capabilities);
        await script.PlayAsync(transcript);
    });

    /// <summary>Over a loopback socket, for what only a socket can do.</summary>
    public static async Task<ScriptedServer> RunOnSocketAsync(Func<ServerScript, Socket, Task> script)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint);
        var server = await listener.AcceptSocketAsync();
        return new ScriptedServer(new NetworkStream(client, true), new NetworkStream(server, true), it => script(it, server));
    }

    public static Pop3Endpoint Endpoint(TlsMode tls = TlsMode.None) => new("pop.example.com", 110, tls);

    public static Pop3SignIn User(SignInMechanism mechanism = SignInMechanism.UserPass) => new("mrose", "s3cr3t!", mechanism);

    public Task<MaildropSession> OpenAsync(Pop3Options? options = null, Pop3SignIn? signIn = null, TlsMode tls = TlsMode.None, CancellationToken stop = default) =>
        Pop3Client.OpenAsync(client, Endpoint(tls), signIn ?? User(), options ?? new Pop3Options(), stop);

    /// <summary>The script was played to its end, and the client did what it says.</summary>
    public Task FinishAsync() => playing.WaitAsync(SafetyNet);

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    async Task PlayAsync(Func<ServerScript, Task> script)
    {
        try
        {
            await script(new ServerScript(server));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
