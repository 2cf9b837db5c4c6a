using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>The worker's status, read at most once a second however many ask: those who watch must not slow down what they watch.</summary>
sealed class FreshStatus(Func<CancellationToken, Task<WorkerStatus>> read, TimeProvider clock) : IDisposable
{
    static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _one = new(1, 1);
    WorkerStatus? _status;
    long _at;

    public async Task<WorkerStatus> ReadAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (_status is null || clock.GetElapsedTime(_at) >= Freshness)
                (_status, _at) = (await read(stop), clock.GetTimestamp());
            return _status;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
