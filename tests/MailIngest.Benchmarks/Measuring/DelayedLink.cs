using System.Globalization;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Measuring;

/// <summary>A way to the server on which every octet takes half a round trip.</summary>
internal sealed class DelayedLink : IAsyncDisposable
{
    readonly ServerProcess _proxy;

    DelayedLink(ServerProcess proxy, int port) => (_proxy, Port) = (proxy, port);

    /// <summary>To be connected to instead of the server's.</summary>
    public int Port { get; }

    public static async Task<DelayedLink> OpenAsync(NativeTools tools, int server, int milliseconds, CancellationToken stop)
    {
        var port = FreePort.Take();
        var proxy = ServerProcess.Start(tools.Delay, Arguments(port, server, milliseconds), Path.GetTempPath());
        try
        {
            await proxy.LineAsync(Text(port), stop); // it prints its port when it is ready
            return new DelayedLink(proxy, port);
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    static string[] Arguments(int listen, int to, int milliseconds) =>
        ["--listen", Text(listen), "--to", Text(to), "--rtt", Text(milliseconds)];

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
