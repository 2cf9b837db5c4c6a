using System.Net;
using System.Net.Sockets;

namespace MailIngest.SystemTests.Servers;

/// <summary>A loopback port that nobody listened on a moment ago.</summary>
internal static class FreePort
{
    /// <summary>Two different ones.</summary>
    public static (int, int) TakeTwo()
    {
        using var first = Listening();
        using var second = Listening();
        return (PortOf(first), PortOf(second));
    }

    public static int Take()
    {
        using var listener = Listening();
        return PortOf(listener);
    }

    static TcpListener Listening()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
