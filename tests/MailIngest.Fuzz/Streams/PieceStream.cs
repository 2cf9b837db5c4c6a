namespace MailIngest.Fuzz.Streams;

/// <summary>Octets that can be read in pieces, and then the end; what is written is kept. Completes at once.</summary>
sealed class PieceStream(byte[] octets, byte chunks, int writesOctets = int.MaxValue) : Stream
{
    readonly MemoryStream _written = new();
    Chunks _chunks = new(chunks);
    int _position;

    public ReadOnlySpan<byte> Written => _written.GetBuffer().AsSpan(0, (int)_written.Length);

    /// <summary>The reader has had enough: a write failed.</summary>
    public bool IsGone { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        var taken = Math.Min(buffer.Length, _chunks.Next(octets.Length - _position));
        if (taken <= 0) return 0;
        octets.AsSpan(_position, taken).CopyTo(buffer);
        _position += taken;
        return taken;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var room = Math.Max(0, writesOctets - (int)_written.Length);
        _written.Write(buffer[..Math.Min(room, buffer.Length)]);
        if (room >= buffer.Length) return;
        IsGone = true;
        throw new IOException("Broken pipe");
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    // What Stream does is on another thread.
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
}
