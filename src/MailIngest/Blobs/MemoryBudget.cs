namespace MailIngest.Blobs;

/// <summary>The octets of messages that all polls together may hold in memory. Waiters are served in the order in which they came.</summary>
public sealed class MemoryBudget
{
    readonly long _whole;
    readonly Lock _gate = new();
    readonly Queue<(long Octets, TaskCompletionSource Taken)> _waiting = new();
    long _free;

    /// <param name="octets">The whole budget, at least 1.</param>
    public MemoryBudget(long octets) => _free = _whole = octets;

    /// <summary>Waits until so many octets are free. More than the whole budget is granted as the whole budget.</summary>
    /// <returns>What to give to <see cref="Release"/> afterwards.</returns>
    public async ValueTask<long> TakeAsync(long wanted, CancellationToken stop)
    {
        wanted = Math.Clamp(wanted, 0, _whole);
        TaskCompletionSource taken;
        lock (_gate)
        {
            if (_waiting.Count == 0 && wanted <= _free)
            {
                _free -= wanted;
                return wanted;
            }
            taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((wanted, taken));
        }
        try
        {
            await taken.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // Whoever gives up leaves the queue; if the grant came in the same moment, it goes back.
            if (!taken.TrySetCanceled(stop))
                Release(wanted);
            else
                Release(0);
            throw;
        }
        return wanted;
    }

    /// <summary>Takes so many octets if they are free now and nobody waits for them.</summary>
    public bool TryTake(long octets)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || octets > _free)
                return false;
            _free -= octets;
            return true;
        }
    }

    /// <summary>Gives back what <see cref="TakeAsync"/> or <see cref="TryTake"/> granted.</summary>
    public void Release(long taken)
    {
        lock (_gate)
        {
            _free += taken;
            while (_waiting.TryPeek(out var first) && (first.Taken.Task.IsCompleted || first.Octets <= _free))
            {
                _waiting.Dequeue();
                if (first.Taken.TrySetResult())
                    _free -= first.Octets;
            }
        }
    }
}
