using Microsoft.Extensions.Time.Testing;

namespace MailIngest.Fuzz.Streams;

/// <summary>What happens when the client waits and the script says nothing more.</summary>
enum Stall
{
    Closed,
    ClosedAtOnce,
    Broken,
    Silent,
    Cancelled,
}

/// <summary>
/// The server's side of a conversation, as octets: 0xFE ends what is said to one command, the first part is the greeting. Completes at
/// once and on the caller's thread; a read that nothing was released for waits until a command is written or <see cref="Stalled"/>.
/// </summary>
sealed class ScriptedStream : Stream
{
    public const byte Turn = 0xFE;

    static readonly TimeSpan LongerThanAnyTimeOut = TimeSpan.FromMinutes(90);

    readonly byte[] _script;
    readonly Stall _stall;
    readonly int _writesUntilBroken;
    readonly bool _hasTurns;
    readonly MemoryStream _sent = new();
    Chunks _chunks;
    int _position;
    int _released;
    TaskCompletionSource<int>? _waiting;
    Memory<byte> _room;
    bool _disposed;

    /// <param name="script">All that the server says.</param>
    /// <param name="how">Three bits: what a stall is; three: after how many lines a write fails.</param>
    /// <param name="chunks">How reads are cut.</param>
    /// <param name="hasTurns">False: 0xFE is an octet like any other, and all is said at once.</param>
    public ScriptedStream(ReadOnlySpan<byte> script, byte how, byte chunks, bool hasTurns = true)
    {
        _script = script.ToArray();
        _stall = (Stall)((how & 7) % 5);
        _writesUntilBroken = (how >> 3 & 7) is var write and not 0 ? write : int.MaxValue;
        _chunks = new(chunks);
        _hasTurns = hasTurns;
        if (hasTurns) Release();
    }

    /// <summary>No greeting; all is said to the first command, 0xFE too, and then the connection is closed.</summary>
    public static ScriptedStream Answering(ReadOnlySpan<byte> answer, byte chunks) => new(answer, 0, chunks, hasTurns: false);

    /// <summary>Every time-out is measured with it.</summary>
    public FakeTimeProvider Clock { get; } = new();

    public CancellationTokenSource Stop { get; } = new();

    /// <summary>All that the client has sent.</summary>
    public ReadOnlySpan<byte> Sent => _sent.GetBuffer().AsSpan(0, (int)_sent.Length);

    /// <summary>The whole script was given out.</summary>
    public bool IsSpent => _position == _script.Length;

    /// <summary>Waits for a task that only this stream can hold up.</summary>
    public T Run<T>(Task<T> task)
    {
        for (var stalls = 0; !task.IsCompleted && stalls < 8; stalls++) Stalled();
        if (!task.IsCompleted) throw new Driver.OracleException("the client waits for something that never comes");
        return task.GetAwaiter().GetResult();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position < _released) return new(Take(buffer));
        if (_stall == Stall.ClosedAtOnce && IsSpent) return new(0);
        (_waiting, _room) = (new TaskCompletionSource<int>(), buffer);
        return new(_waiting.Task);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_sent.Length > 0 && buffer.Span.Count((byte)'\n') + Sent.Count((byte)'\n') > _writesUntilBroken)
            return ValueTask.FromException(new IOException("Broken pipe"));
        _sent.Write(buffer.Span);
        for (var lines = buffer.Span.Count((byte)'\n'); lines > 0; lines--) Release();
        if (_waiting is { } waiting && _position < _released)
        {
            _waiting = null;
            waiting.SetResult(Take(_room));
        }
        return default;
    }

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        Finish(waiting => waiting.SetException(new ObjectDisposedException(nameof(ScriptedStream))));
        base.Dispose(disposing);
    }

    /// <summary>Nothing comes any more.</summary>
    void Stalled()
    {
        switch (_stall)
        {
            case Stall.Broken: Finish(waiting => waiting.SetException(new IOException("Connection reset by peer"))); break;
            case Stall.Silent: Clock.Advance(LongerThanAnyTimeOut); break;
            case Stall.Cancelled: Stop.Cancel(); break;
            default: Finish(waiting => waiting.SetResult(0)); break;
        }
    }

    void Finish(Action<TaskCompletionSource<int>> how)
    {
        if (_waiting is not { } waiting) return;
        _waiting = null;
        how(waiting);
    }

    void Release()
    {
        // What was not read yet stays before it; the mark itself is said by nobody.
        var from = _released;
        var rest = _script.AsSpan(from);
        if (_hasTurns && rest is [Turn, ..])
        {
            if (_position == from) _position++;
            else
            {
                // Unread octets stand before the mark: they move over it.
                _script.AsSpan(_position, from - _position).CopyTo(_script.AsSpan(_position + 1));
                _position++;
            }
            from++;
        }
        var end = _hasTurns ? _script.AsSpan(from).IndexOf(Turn) : -1;
        _released = end < 0 ? _script.Length : from + end;
    }

    int Take(Memory<byte> buffer)
    {
        var octets = Math.Min(buffer.Length, _chunks.Next(_released - _position));
        _script.AsSpan(_position, octets).CopyTo(buffer.Span);
        _position += octets;
        return octets;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
