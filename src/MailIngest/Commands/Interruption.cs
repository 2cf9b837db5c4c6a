using System.Runtime.InteropServices;

namespace MailIngest.Commands;

/// <summary>
/// SIGTERM and Ctrl-C. The first asks for an orderly end: no new RETR, what is in flight is finished, deleted and committed. The second, or the
/// end of the grace time, drops everything where it stands, which is always safe.
/// </summary>
sealed class Interruption : IDisposable
{
    readonly CancellationTokenSource _enough = new();
    readonly CancellationTokenSource _stop = new();
    readonly TimeSpan _grace;
    readonly PosixSignalRegistration[] _signals;

    public Interruption(TimeSpan grace)
    {
        _grace = grace;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt), PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Enough => _enough.Token;

    /// <summary>Cancelled by the second signal, or when the grace time after the first is over.</summary>
    public CancellationToken Stop => _stop.Token;

    void Interrupt(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_enough.IsCancellationRequested)
            _stop.Cancel();
        else
            _stop.CancelAfter(_grace);
        _enough.Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _enough.Dispose();
        _stop.Dispose();
    }
}
