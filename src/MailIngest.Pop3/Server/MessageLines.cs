using System.Buffers;

namespace MailIngest.Pop3.Server;

/// <summary>A stored message read as RETR transmits it, before byte-stuffing: every line ends with CRLF, the last one too.</summary>
sealed class MessageLines(Stream stored) : Stream
{
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
    LineEnds _lineEnds;
    int _start, _end;
    bool _atEnd;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Take(destination.Span) is var taken && (taken > 0 || _atEnd || destination.IsEmpty))
                return taken;
            (_start, _end) = (0, await stored.ReadAsync(_buffer, cancellationToken));
            _atEnd = _end == 0;
        }
    }

    public override int Read(Span<byte> destination)
    {
        while (true)
        {
            if (Take(destination) is var taken && (taken > 0 || _atEnd || destination.IsEmpty))
                return taken;
            (_start, _end) = (0, stored.Read(_buffer));
            _atEnd = _end == 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>The octets that a stored message has on the wire, unstuffed (RFC 1939 §11). Reads it to the end.</summary>
    public static long Measure(Stream stored)
    {
        using var lines = new MessageLines(stored);
        var chunk = new byte[32 * 1024];
        long octets = 0;
        while (lines.Read(chunk) is var read && read > 0)
            octets += read;
        return octets;
    }

    protected override void Dispose(bool disposing)
    {
        if (_buffer.Length > 0)
        {
            stored.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
        base.Dispose(disposing);
    }

    int Take(Span<byte> destination)
    {
        if (_atEnd)
            return _lineEnds.Finish(destination);
        var (read, written) = _lineEnds.Convert(_buffer.AsSpan(_start.._end), destination);
        _start += read;
        return written;
    }
}
