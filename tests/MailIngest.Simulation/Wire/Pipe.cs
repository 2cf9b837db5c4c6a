using System.Net.Sockets;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Wire;

/// <summary>How one direction of a connection ends.</summary>
public enum WireEnd
{
    /// <summary>In order: what was sent before still arrives.</summary>
    Fin,

    /// <summary>At once: what was not read yet is lost.</summary>
    Reset,

    /// <summary>Nothing arrives any more, not even an end.</summary>
    Stall,
}

/// <summary>One direction of a connection: octets go in, and come out later, in order, in other pieces.</summary>
sealed class Pipe(Pump pump, Actor network, Func<TimeSpan> latency, Func<int, int> chunk, int window)
{
    readonly Queue<byte[]?> _underWay = new(); // null is the FIN
    byte[] _arrived = new byte[1024];
    int _first;
    int _count;
    int _unread; // under way and arrived
    TimeSpan _lastArrival;
    bool _finished; // nothing is sent any more
    bool _ended; // and all of it has arrived
    bool _stalled;
    bool _closed; // nobody reads any more
    IOException? _failure;
    (TaskCompletionSource<int> Done, Memory<byte> Into)? _reader;
    TaskCompletionSource? _writer;

    /// <summary>Octets that were sent so far.</summary>
    public long Sent { get; private set; }

    /// <summary>Done once, when the next octets or the end would be sent, instead of sending them.</summary>
    public Action? Instead { get; set; }

    public static IOException Gone(SocketError error) => new($"The connection is gone ({error}).", new SocketException((int)error));

    /// <summary>Sends; completes when there is room for more.</summary>
    public ValueTask WriteAsync(ReadOnlySpan<byte> octets, CancellationToken stop)
    {
        pump.Check("a write");
        if (_failure is not null || _closed || _finished)
            throw _failure ?? Gone(SocketError.ConnectionReset);
        if (Instead is { } instead)
        {
            Instead = null;
            instead();
            return default;
        }
        if (octets.IsEmpty || _stalled)
            return default;
        Sent += octets.Length;
        _unread += octets.Length;
        Send(octets.ToArray());
        return _unread <= window ? default : new(RoomAsync(stop));
    }

    public ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken stop)
    {
        pump.Check("a read");
        if (stop.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(stop);
        if (_count > 0)
            return new(Take(into.Span));
        if (_failure is not null || _closed)
            return ValueTask.FromException<int>(_failure ?? Gone(SocketError.OperationAborted));
        if (_ended)
            return new(0);
        var done = new TaskCompletionSource<int>();
        _reader = (done, into);
        return new(stop.CanBeCanceled ? CancellableAsync(done, stop) : done.Task);
    }

    /// <summary>Ends this direction, for its writer's side.</summary>
    public void End(WireEnd how)
    {
        if (_failure is not null || _stalled || (_finished && how == WireEnd.Fin))
            return;
        switch (how)
        {
            case WireEnd.Stall:
                _stalled = true;
                break;
            case WireEnd.Reset:
                Fail(Gone(SocketError.ConnectionReset));
                break;
            default:
                if (Instead is { } instead)
                {
                    Instead = null;
                    instead();
                }
                else
                {
                    _finished = true;
                    Send(null);
                }
                break;
        }
    }

    /// <summary>The reader's side is closed: nobody reads any more, and who writes is told so.</summary>
    public void Close()
    {
        _closed = true;
        _underWay.Clear();
        _count = 0;
        Wake(Gone(SocketError.OperationAborted));
    }

    void Fail(IOException failure)
    {
        _failure = failure;
        _underWay.Clear();
        _count = 0;
        Wake(failure);
    }

    void Wake(IOException failure)
    {
        if (_reader is { } reader)
        {
            _reader = null;
            reader.Done.TrySetException(failure);
        }
        _writer?.TrySetException(failure);
        _writer = null;
    }

    void Send(byte[]? octets)
    {
        _underWay.Enqueue(octets);
        var arrival = pump.Now + latency();
        if (arrival < _lastArrival)
            arrival = _lastArrival;
        _lastArrival = arrival;
        if (arrival == pump.Now && _underWay.Count == 1)
            Arrive();
        else
            pump.At(arrival, network, static pipe => ((Pipe)pipe!).Arrive(), this);
    }

    void Arrive()
    {
        if (!_underWay.TryDequeue(out var octets))
            return; // lost on the way
        if (octets is null)
            _ended = true;
        else
            Append(octets);
        if (_reader is { } reader && (_count > 0 || _ended))
        {
            _reader = null;
            reader.Done.TrySetResult(_count > 0 ? Take(reader.Into.Span) : 0);
        }
    }

    void Append(byte[] octets)
    {
        if (_first + _count + octets.Length > _arrived.Length)
        {
            var there = _count + octets.Length <= _arrived.Length ? _arrived
                : new byte[Math.Max(2 * _arrived.Length, _count + octets.Length)];
            Buffer.BlockCopy(_arrived, _first, there, 0, _count);
            (_arrived, _first) = (there, 0);
        }
        octets.CopyTo(_arrived, _first + _count);
        _count += octets.Length;
    }

    int Take(Span<byte> into)
    {
        var octets = Math.Min(Math.Min(_count, into.Length), Math.Max(1, chunk(_count)));
        _arrived.AsSpan(_first, octets).CopyTo(into);
        _count -= octets;
        _first = _count == 0 ? 0 : _first + octets;
        _unread -= octets;
        if (_writer is { } writer && _unread <= window)
        {
            _writer = null;
            writer.TrySetResult();
        }
        return octets;
    }

    async Task RoomAsync(CancellationToken stop)
    {
        _writer = new TaskCompletionSource();
        using var registration = stop.UnsafeRegister(
            static (writer, token) => ((TaskCompletionSource)writer!).TrySetCanceled(token), _writer);
        await _writer.Task;
    }

    async Task<int> CancellableAsync(TaskCompletionSource<int> done, CancellationToken stop)
    {
        using var registration = stop.UnsafeRegister((reader, token) =>
        {
            if (_reader is { } waits && waits.Done == reader)
                _reader = null;
            ((TaskCompletionSource<int>)reader!).TrySetCanceled(token);
        }, done);
        return await done.Task;
    }
}
