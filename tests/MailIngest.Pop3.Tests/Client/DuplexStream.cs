using System.IO.Pipelines;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>One end of an in-memory connection. Each direction holds so many octets and then makes its writer wait, as TCP does.</summary>
sealed class DuplexStream(PipeReader reader, PipeWriter writer) : Stream
{
    /// <summary>Hands out one octet per read: the slowest honest peer.</summary>
    public bool Dribbles { get; init; }

    /// <summary>Every octet that is read here goes there too.</summary>
    public Stream? Heard { get; init; }

    public static (DuplexStream Client, DuplexStream Server) Pair(int window = 65536, bool dribbles = false, Stream? heard = null)
    {
        var options = new PipeOptions(pauseWriterThreshold: window, resumeWriterThreshold: Math.Max(1, window / 2), useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (new DuplexStream(toClient.Reader, toServer.Writer) { Dribbles = dribbles },
            new DuplexStream(toServer.Reader, toClient.Writer) { Heard = heard });
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await reader.ReadAsync(cancellationToken);
        var octets = (int)Math.Min(result.Buffer.Length, Dribbles ? Math.Min(1, buffer.Length) : buffer.Length);
        var taken = result.Buffer.Slice(0, octets);
        var at = 0;
        foreach (var segment in taken)
        {
            segment.CopyTo(buffer[at..]);
            Heard?.Write(segment.Span);
            at += segment.Length;
        }
        reader.AdvanceTo(taken.End);
        return octets;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if ((await writer.WriteAsync(buffer, cancellationToken)).IsCompleted) throw new IOException("Broken pipe");
    }

    /// <summary>The other end reads to the end of what was written; this one goes on reading.</summary>
    public void EndWriting() => writer.Complete();

    protected override void Dispose(bool disposing)
    {
        writer.Complete();
        reader.Complete();
        base.Dispose(disposing);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
}
