using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailIngest.Tests.Polling;

/// <summary>A maildrop of equal messages whose answers were written down beforehand: it allocates nothing while it is drained.</summary>
sealed class CannedServer : IDisposable
{
    readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly Dictionary<string, byte[]> _answers;
    readonly Dictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    readonly Thread _serving;

    public CannedServer(int messages, int octets)
    {
        var message = Mail.Numbered(1, octets);
        string Each(Func<int, string> line) => string.Concat(Enumerable.Range(1, messages).Select(line));
        _answers = new(StringComparer.Ordinal)
        {
            ["CAPA"] = Encoding.ASCII.GetBytes("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n"),
            ["STAT"] = Encoding.ASCII.GetBytes(FormattableString.Invariant($"+OK {messages} {(long)messages * message.Length}\r\n")),
            ["LIST"] = Encoding.ASCII.GetBytes("+OK\r\n" + Each(n => FormattableString.Invariant($"{n} {message.Length}\r\n")) + ".\r\n"),
            ["UIDL"] = Encoding.ASCII.GetBytes("+OK\r\n" + Each(n => FormattableString.Invariant($"{n} uid{n:x8}\r\n")) + ".\r\n"),
            ["RETR"] = [.. "+OK\r\n"u8, .. message, .. ".\r\n"u8],
        };
        _lookup = _answers.GetAlternateLookup<ReadOnlySpan<char>>();
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = new(Serve) { IsBackground = true };
        _serving.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Serves one session.</summary>
    void Serve()
    {
        using var client = _listener.Accept();
        var (received, command) = (new byte[4096], new char[4]);
        var length = 0; // of the line so far
        client.Send("+OK\r\n"u8);
        for (int count; (count = client.Receive(received)) > 0;)
            foreach (var octet in received.AsSpan(0, count))
            {
                if (octet != '\n')
                {
                    if (length < command.Length)
                        command[length] = (char)octet;
                    length++;
                    continue;
                }
                length = 0;
                client.Send(_lookup.TryGetValue(command, out var answer) ? answer : "+OK\r\n"u8);
            }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _serving.Join();
    }
}
