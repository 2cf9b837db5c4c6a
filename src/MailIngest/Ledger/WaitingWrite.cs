using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>A write that waits for its turn, as the writer sees it.</summary>
interface IWaitingWrite
{
    /// <summary>Takes it off the queue; false when its caller has withdrawn it.</summary>
    bool TryBegin();

    /// <summary>Runs it inside the open transaction, perhaps once more in another; false when it refused and must be undone.</summary>
    Task<bool> TryRunAsync(LedgerConnection connection);

    /// <summary>Whether it refused when it ran last.</summary>
    bool HasRefused { get; }

    /// <summary>The transaction is durable: the caller gets the result, or the refusal.</summary>
    void Succeed();

    /// <summary>The transaction failed: nothing that was read or written in it counts.</summary>
    void Fail(Exception failure);
}

/// <summary>A write that waits for its turn, with the answer that its caller awaits.</summary>
sealed class WaitingWrite<T> : IWaitingWrite
{
    readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<LedgerConnection, Task<T>> _write;
    readonly CancellationTokenRegistration _withdrawal;
    int _begun;
    T? _result;
    Exception? _refusal;

    public WaitingWrite(Func<LedgerConnection, Task<T>> write, CancellationToken stop)
    {
        _write = write;
        _withdrawal = stop.UnsafeRegister(static (self, token) => ((WaitingWrite<T>)self!).Withdraw(token), this);
    }

    public Task<T> Answer => _answer.Task;

    public bool HasRefused => _refusal is not null;

    public bool TryBegin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
            return false;
        _withdrawal.Unregister();
        return true;
    }

    public async Task<bool> TryRunAsync(LedgerConnection connection)
    {
        _refusal = null;
        try
        {
            _result = await _write(connection);
            return true;
        }
        catch (Exception refused) when (refused is not DbException)
        {
            _refusal = refused;
            return false;
        }
    }

    public void Succeed()
    {
        if (_refusal is null)
            _answer.SetResult(_result!);
        else
            _answer.SetException(_refusal);
    }

    public void Fail(Exception failure) => _answer.SetException(failure);

    void Withdraw(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _begun, 1) == 0)
            _answer.SetCanceled(stop);
    }
}
