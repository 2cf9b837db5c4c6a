namespace MailIngest.Blobs;

/// <summary>One draft that waits for the committer, or is being published by it.</summary>
sealed class PendingPublish(FileDraft draft, string path)
{
    // What waits for it runs where it is completed: a batch is answered in one go, not with a wake-up for each.
    readonly TaskCompletionSource<bool> _outcome = new();
    Exception? _failure;
    int _begun;

    internal FileDraft Draft { get; } = draft;

    internal string Path { get; } = path;

    internal string Directory { get; } = System.IO.Path.GetDirectoryName(path)!;

    /// <summary>Whether the name was free.</summary>
    internal bool Created { get; set; }

    /// <summary>Whether no step failed so far.</summary>
    internal bool IsGood => _failure is null;

    /// <summary>True when created, false when something was there.</summary>
    internal Task<bool> Outcome => _outcome.Task;

    /// <summary>Takes it for a batch; false when it was cancelled before.</summary>
    internal bool TryBegin() => Interlocked.Exchange(ref _begun, 1) == 0;

    /// <summary>Cancels it unless its batch has begun.</summary>
    internal void Cancel(CancellationToken stop)
    {
        if (TryBegin())
            _outcome.TrySetCanceled(stop);
    }

    /// <summary>Runs a step unless one failed before; what it throws is this message's answer.</summary>
    internal void Try(Action step)
    {
        if (!IsGood)
            return;

        try
        {
            step();
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    internal void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Tells the caller how it ended; said twice, the first word counts.</summary>
    internal void Complete()
    {
        if (_failure is null)
            _outcome.TrySetResult(Created);
        else
            _outcome.TrySetException(_failure);
    }
}
