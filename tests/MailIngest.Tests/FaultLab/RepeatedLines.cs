namespace MailIngest.Tests.FaultLab;

/// <summary>A message of any length that is never in memory: a beginning, and then one line again and again.</summary>
sealed class RepeatedLines(byte[] beginning, long lines) : Stream
{
    public const int LineOctets = 78;

    static readonly byte[] s_line = [.. Enumerable.Repeat((byte)'A', LineOctets - 2), (byte)'\r', (byte)'\n'];

    long _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => beginning.Length + lines * LineOctets;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length && _at < Length)
        {
            var part = _at < beginning.Length ? beginning.AsSpan((int)_at) : s_line.AsSpan((int)((_at - beginning.Length) % LineOctets));
            part = part[..Math.Min(part.Length, buffer.Length - read)];
            part.CopyTo(buffer[read..]);
            read += part.Length;
            _at += part.Length;
        }
        return read;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
