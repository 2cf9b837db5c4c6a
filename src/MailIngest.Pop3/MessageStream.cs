using System.Runtime.CompilerServices;

namespace MailIngest.Pop3;

/// <summary>
/// One message as it arrives: forward only, byte-stuffing undone, every octet copied once. It ends where the answer ends; a connection
/// that is lost before that, or more octets than are believable, is an exception and never an end.
/// </summary>
sealed class MessageStream(Connection connection, long maxOctets) : Stream
{
    DotUnstuffer _unstuffer;

    /// <summary>The whole answer was read.</summary>
    public bool Ended => _unstuffer.Ended;

    /// <summary>Octets given out so far.</summary>
    public long Octets { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || Ended) return ValueTask.FromResult(0);
        if (connection.IsBroken) throw connection.Failure();

        var read = TakeReceived(buffer.Span);
        return read > 0 || Ended ? ValueTask.FromResult(read) : ReceiveAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A message is read asynchronously.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken stop)
    {
        while (true)
        {
            await connection.FillAsync(stop);
            var read = TakeReceived(buffer.Span);
            if (read > 0 || Ended) return read;
        }
    }

    int TakeReceived(Span<byte> buffer)
    {
        _unstuffer.Decode(connection.Unread, buffer, out var consumed, out var written);
        connection.Consume(consumed);
        Octets += written;
        if (Octets > maxOctets) throw connection.Break($"has more than {maxOctets} octets");
        if (Ended) connection.EndAnswer();
        return written;
    }
}
