using System.Globalization;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Measuring;

/// <summary>One of the C servers, on a free port, until it is disposed.</summary>
internal sealed class NativeServer : IAsyncDisposable
{
    readonly ServerProcess _process;

    bool _ended;

    NativeServer(ServerProcess process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>A way to a server on which every octet takes half a round trip.</summary>
    public static Task<NativeServer> DelayAsync(NativeTools tools, int server, int milliseconds, CancellationToken stop) =>
        StartAsync(tools.Delay, ["--to", Text(server), "--rtt", Text(milliseconds)], stop);

    /// <summary>A POP3 server at the speed of memory, with one maildrop of equal messages, whoever signs in.</summary>
    public static Task<NativeServer> MaildropAsync(NativeTools tools, int messages, int octets, CancellationToken stop) =>
        StartAsync(tools.Maildrop, ["--messages", Text(messages), "--octets", Text(octets)], stop);

    /// <summary>A blob service that forgets what it is given.</summary>
    public static Task<NativeServer> SinkAsync(NativeTools tools, CancellationToken stop) => StartAsync(tools.Sink, [], stop);

    /// <summary>Ends it; what it had to say.</summary>
    public async Task<string> EndAsync()
    {
        await DisposeAsync();
        return _process.Log;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
            await _process.DisposeAsync();
        _ended = true;
    }

    static async Task<NativeServer> StartAsync(string program, string[] arguments, CancellationToken stop)
    {
        var port = FreePort.Take();
        var process = ServerProcess.Start(program, ["--listen", Text(port), .. arguments], Path.GetTempPath());
        try
        {
            await process.LineAsync(Text(port), stop); // it prints its port when it is ready
            return new NativeServer(process, port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
