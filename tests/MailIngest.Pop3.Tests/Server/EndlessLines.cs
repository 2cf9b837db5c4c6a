namespace MailIngest.Pop3.Tests.Server;

/// <summary>Lines of 78 octets without end, or so many octets of them; nothing is held in memory.</summary>
sealed class EndlessLines(long octets = long.MaxValue) : Stream
{
    static readonly byte[] Lines =
        [.. Enumerable.Repeat(new string('x', 76) + "\r\n", 420).SelectMany(line => line).Select(c => (byte)c)];
    long position;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => octets;
    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var at = (int)(position % Lines.Length);
        var read = (int)Math.Min(Math.Min(buffer.Length, Lines.Length - at), octets - position);
        Lines.AsSpan(at, read).CopyTo(buffer);
        position += read;
        return read;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
