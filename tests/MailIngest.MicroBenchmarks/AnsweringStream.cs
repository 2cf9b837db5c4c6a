using System.Threading.Channels;

namespace MailIngest.MicroBenchmarks;

/// <summary>A server in memory that answers each command with the next of its answers, and begins again after the last.</summary>
sealed class AnsweringStream(params byte[][] answers) : Stream
{
    readonly Channel<byte[]> _due = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true, SingleWriter = true });
    ReadOnlyMemory<byte> _answer;
    int _next;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var commands = buffer.Span.Count((byte)'\n'); commands > 0; commands--)
            _due.Writer.TryWrite(answers[_next++ % answers.Length]);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_answer.IsEmpty)
            _answer = await _due.Reader.ReadAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _answer.Length);
        _answer[..count].CopyTo(buffer);
        _answer = _answer[count..];
        return count;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
