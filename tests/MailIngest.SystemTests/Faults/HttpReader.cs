using System.Globalization;
using System.Text;

namespace MailIngest.SystemTests.Faults;

/// <summary>Takes the messages of HTTP/1.1 off a connection one by one, octet for octet, with their bodies.</summary>
internal sealed class HttpReader(Stream stream)
{
    readonly byte[] _buffer = new byte[64 * 1024];
    readonly MemoryStream _message = new();
    int _at;
    int _end;

    /// <summary>The next message, or null at the end of the connection.</summary>
    /// <param name="hasBody">False for the answer to HEAD, which has none whatever its length says.</param>
    public async Task<byte[]?> ReadAsync(bool hasBody, CancellationToken stop)
    {
        _message.SetLength(0);
        string head = "";
        do
        {
            if (await LineAsync(stop) is not { } line)
                return null;
            if (line.Length == 0)
                break;
            head += line + "\n";
        }
        while (true);

        if (!hasBody || head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal)
            || head.StartsWith("HTTP/1.1 304", StringComparison.Ordinal))
            return _message.ToArray();
        if (Header(head, "transfer-encoding") == "chunked")
            await ChunksAsync(stop);
        else if (Header(head, "content-length") is { } length)
            await OctetsAsync(long.Parse(length, CultureInfo.InvariantCulture), stop);
        return _message.ToArray();
    }

    static string? Header(string head, string name) => head.Split('\n')
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    async Task ChunksAsync(CancellationToken stop)
    {
        long octets;
        do
        {
            octets = long.Parse((await LineAsync(stop))!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await OctetsAsync(octets + 2, stop);
        }
        while (octets > 0);
    }

    async Task<string?> LineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_at == _end && !await FillAsync(stop))
                return null;
            var octet = _buffer[_at++];
            _message.WriteByte(octet);
            if (octet == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)octet);
        }
    }

    async Task OctetsAsync(long octets, CancellationToken stop)
    {
        while (octets > 0)
        {
            if (_at == _end && !await FillAsync(stop))
                throw new EndOfStreamException();
            var some = (int)Math.Min(octets, _end - _at);
            _message.Write(_buffer, _at, some);
            (_at, octets) = (_at + some, octets - some);
        }
    }

    async Task<bool> FillAsync(CancellationToken stop)
    {
        (_at, _end) = (0, await stream.ReadAsync(_buffer, stop));
        return _end > 0;
    }
}
