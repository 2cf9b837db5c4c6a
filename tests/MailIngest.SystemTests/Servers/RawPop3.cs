using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailIngest.SystemTests.Servers;

/// <summary>A POP3 conversation in plaintext without any defence: shows what a server really sends.</summary>
public sealed class RawPop3 : IAsyncDisposable
{
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    readonly byte[] _buffer = new byte[64 * 1024];
    int _start;
    int _end;

    RawPop3() { }

    /// <summary>Connects, reads the greeting and signs in.</summary>
    public static async Task<RawPop3> SignInAsync(DovecotServer server, DovecotMaildrop maildrop, CancellationToken stop)
    {
        var session = new RawPop3();
        await session._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), stop);
        await session.LineAsync(stop);
        await session.AskAsync($"USER {maildrop.User}", stop);
        await session.AskAsync($"PASS {maildrop.Password}", stop);
        return session;
    }

    /// <summary>Sends a command and reads the first line of its answer, which must be +OK.</summary>
    public async Task<string> AskAsync(string command, CancellationToken stop)
    {
        await _socket.SendAsync(Encoding.Latin1.GetBytes(command + "\r\n"), stop);
        var reply = await LineAsync(stop);
        return reply.StartsWith("+OK", StringComparison.Ordinal)
            ? reply
            : throw new IOException($"{command.Split(' ')[0]} was answered with {reply}");
    }

    /// <summary>The size of each message, in the order of the scan listing.</summary>
    public async Task<IReadOnlyList<long>> ListAsync(CancellationToken stop) =>
        [.. (await LinesAsync("LIST", stop)).Select(size => long.Parse(size, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>The unique-id of each message, in the order of the listing.</summary>
    public Task<IReadOnlyList<string>> UniqueIdsAsync(CancellationToken stop) => LinesAsync("UIDL", stop);

    async Task<IReadOnlyList<string>> LinesAsync(string command, CancellationToken stop)
    {
        await AskAsync(command, stop);
        var lines = new List<string>();
        for (var line = await LineAsync(stop); line != "."; line = await LineAsync(stop))
            lines.Add(line.Split(' ')[1]);
        return lines;
    }

    /// <summary>A message's octets, dot-stuffing undone, up to the first line that is only a dot (RFC 1939 §3).</summary>
    public async Task<byte[]> RetrieveAsync(int number, CancellationToken stop)
    {
        await AskAsync($"RETR {number}", stop);
        using var message = new MemoryStream();
        var end = new MultiLineEnd();
        while (true)
        {
            if (_start == _end)
                await ReceiveAsync(stop);
            while (_start < _end)
                if (end.Take(_buffer[_start++], message))
                    return message.ToArray();
        }
    }

    /// <summary>What has arrived, or arrives before the server refuses an unknown command, without having been asked for.</summary>
    public async Task<string> LeftOverAsync(CancellationToken stop)
    {
        await _socket.SendAsync("XYZZY\r\n"u8.ToArray(), stop);
        var left = new StringBuilder();
        for (var line = await LineAsync(stop); !line.StartsWith("-ERR", StringComparison.Ordinal); line = await LineAsync(stop))
            left.Append(line).Append("\r\n");
        return left.ToString();
    }

    async Task<string> LineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        for (var octet = await OctetAsync(stop); octet != '\n'; octet = await OctetAsync(stop))
            line.Append((char)octet);
        return line.ToString().TrimEnd('\r');
    }

    async ValueTask<byte> OctetAsync(CancellationToken stop)
    {
        if (_start == _end)
            await ReceiveAsync(stop);
        return _buffer[_start++];
    }

    async Task ReceiveAsync(CancellationToken stop)
    {
        (_start, _end) = (0, await _socket.ReceiveAsync(_buffer, stop));
        if (_end == 0)
            throw new EndOfStreamException("Dovecot closed the connection.");
    }

    /// <summary>Closes the socket without QUIT.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Where in a line a multi-line answer is.</summary>
    sealed class MultiLineEnd
    {
        bool _lineStart = true;
        bool _afterCr;
        bool _afterDot;
        bool _afterDotCr;

        /// <summary>Takes one octet more; true when it was the last of the terminator.</summary>
        public bool Take(byte octet, MemoryStream message)
        {
            if (_afterDotCr)
            {
                if (octet == '\n')
                    return true;
                message.WriteByte((byte)'\r');
                (_afterDotCr, _afterCr) = (false, true);
            }
            else if (_afterDot && octet == '\r')
            {
                (_afterDot, _afterDotCr) = (false, true);
                return false;
            }
            else if (_lineStart && octet == '.' && !_afterDot)
            {
                _afterDot = true; // stuffing, or the end
                return false;
            }
            _lineStart = _afterCr && octet == '\n';
            (_afterCr, _afterDot) = (octet == '\r', false);
            message.WriteByte(octet);
            return false;
        }
    }
}
