using System.Runtime.InteropServices;
using MailIngest.Polling;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// SIGTERM and Ctrl-C. The first asks for an orderly end: no new RETR, what is in flight is finished, deleted and committed. The second, or
/// the last part of the grace time, drops everything where it stands, which is always safe. The third, or the end of the grace time, ends
/// the process.
/// </summary>
sealed class Interruption : IDisposable
{
    /// <summary>What is dropped still has to unwind: this long at most, and at most a fifth of the grace time.</summary>
    static readonly TimeSpan MostUnwinding = TimeSpan.FromSeconds(3);

    readonly CancellationTokenSource _enough = new();
    readonly CancellationTokenSource _stop = new();
    readonly Lock _gate = new();
    readonly TimeSpan _grace;
    readonly TimeSpan _unwinding;
    readonly ILogger _log;
    readonly Action<int> _exit;
    readonly ITimer _dropping;
    readonly ITimer _hardEnd;
    readonly PosixSignalRegistration[] _signals;
    int _heard;
    bool _isOver;

    /// <param name="grace">From the first signal to the end of the process, at the latest.</param>
    /// <param name="clock">Measures it.</param>
    /// <param name="log">Is told what is asked for and what becomes of it.</param>
    /// <param name="exit">Ends the process with that code, whatever still runs.</param>
    public Interruption(TimeSpan grace, TimeProvider clock, ILogger log, Action<int> exit)
    {
        (_grace, _log, _exit) = (grace, log, exit);
        _unwinding = TimeSpan.Min(grace / 5, MostUnwinding);
        _dropping = clock.CreateTimer(_ => Drop(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _hardEnd = clock.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear), PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Enough => _enough.Token;

    /// <summary>Cancelled by the second signal, or when the grace time after the first is nearly over.</summary>
    public CancellationToken Stop => _stop.Token;

    void Hear(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Signal();
    }

    /// <summary>A signal has come.</summary>
    internal void Signal()
    {
        switch (Interlocked.Increment(ref _heard))
        {
            case 1:
                // A little before the end, because a process needs a moment to end as well.
                Start(_hardEnd, _grace - (_unwinding / 4));
                Start(_dropping, _grace - _unwinding);
                _log.ToldToStop(ConfigDuration.Format(_grace - _unwinding));
                _enough.Cancel();
                break;
            case 2:
                Start(_hardEnd, _unwinding);
                Drop();
                break;
            default:
                End();
                break;
        }
    }

    void Start(ITimer timer, TimeSpan due)
    {
        lock (_gate)
        {
            if (!_isOver)
                timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    void Drop()
    {
        lock (_gate)
        {
            if (_isOver || _stop.IsCancellationRequested)
                return;
        }
        _log.Dropping();
        _stop.Cancel();
    }

    void End()
    {
        lock (_gate)
        {
            if (_isOver)
                return;
            _isOver = true;
        }
        // Nobody may read our output any more: not even that keeps the process from ending.
        Task.Run(() => _log.HardEnd(ExitCode.Temporary)).Wait(MostUnwinding / 10);
        _exit(ExitCode.Temporary);
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        lock (_gate)
            _isOver = true;
        _dropping.Dispose();
        _hardEnd.Dispose();
        // The two sources hold nothing; and a signal that comes at this moment still cancels them.
    }
}
