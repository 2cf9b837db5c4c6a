using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>A write that waits for its turn, as the writer sees it.</summary>
interface IWaitingWrite
{
    /// <summary>Takes it off the queue; false when its caller has withdrawn it.</summary>
    bool TryBegin();

    /// <summary>Runs it inside the open transaction; false when it refused and must be undone.</summary>
    Task<bool> TryRunAsync(LedgerConnection connection);

    /// <summary>The transaction is durable: the caller gets the result, or the refusal.</summary>
    void Succeed();

    /// <summary>The transaction failed: nothing that was read or written in it counts.</summary>
    void Fail(Exception failure);
}

/// <summary>A write that waits for its turn, with the answer that its caller awaits.</summary>
sealed class WaitingWrite<T> : IWaitingWrite
{
    readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<LedgerConnection, Task<T>> write;
    readonly CancellationTokenRegistration withdrawal;
    int begun;
    T? result;
    Exception? refusal;

    public WaitingWrite(Func<LedgerConnection, Task<T>> write, CancellationToken stop)
    {
        this.write = write;
        withdrawal = stop.UnsafeRegister(static (self, token) => ((WaitingWrite<T>)self!).Withdraw(token), this);
    }

    public Task<T> Answer => answer.Task;

    public bool TryBegin()
    {
        if (Interlocked.Exchange(ref begun, 1) != 0)
            return false;
        withdrawal.Unregister();
        return true;
    }

    public async Task<bool> TryRunAsync(LedgerConnection connection)
    {
        try
        {
            result = await write(connection);
            return true;
        }
        catch (Exception refused) when (refused is not DbException)
        {
            refusal = refused;
            return false;
        }
    }

    public void Succeed()
    {
        if (refusal is null)
            answer.SetResult(result!);
        else
            answer.SetException(refusal);
    }

    public void Fail(Exception failure) => answer.SetException(failure);

    void Withdraw(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref begun, 1) == 0)
            answer.SetCanceled(stop);
    }
}
