using System.Collections;

namespace MailIngest.Pop3.Server;

/// <summary>What happened in all sessions of a server, in order; safe to read while it grows.</summary>
public sealed class ServerEvents : IReadOnlyList<ServerEvent>
{
    readonly Lock _gate = new();
    readonly List<ServerEvent> _events = [];
    readonly List<(Predicate<ServerEvent> Wanted, TaskCompletionSource<ServerEvent> Seen)> _waiting = [];

    readonly List<TaskCompletionSource> _waitingForClose = [];
    int _openSessions;

    internal ServerEvents()
    {
    }

    /// <summary>Told of each event as it happens, on the session's thread and in its order.</summary>
    internal Action<ServerEvent>? Happened { get; set; }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    /// <inheritdoc/>
    public ServerEvent this[int index]
    {
        get
        {
            lock (_gate)
                return _events[index];
        }
    }

    /// <summary>The commands received so far, in order; with <paramref name="verb"/> those alone: <c>Commands("DELE")</c>.</summary>
    public IReadOnlyList<ServerEvent> Commands(string? verb = null) =>
        Where(e => e.Kind == ServerEventKind.Command && (verb is null || e.Verb == verb));

    /// <summary>The messages removed so far, in order.</summary>
    public IReadOnlyList<ServerEvent> Removals => Where(e => e.Kind == ServerEventKind.Removed);

    /// <summary>The successful sign-ins so far.</summary>
    public IReadOnlyList<ServerEvent> SignIns => Where(e => e.Kind == ServerEventKind.SignedIn);

    /// <summary>The first event, past or future, that <paramref name="wanted"/> accepts.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled first.</exception>
    public Task<ServerEvent> WaitForAsync(Predicate<ServerEvent> wanted, CancellationToken stop = default)
    {
        lock (_gate)
        {
            if (_events.Find(wanted) is { } past)
                return Task.FromResult(past);
            var seen = new TaskCompletionSource<ServerEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, seen));
            return seen.Task.WaitAsync(stop);
        }
    }

    /// <summary>Waits until no session is open: every maildrop is unlocked, every removal done.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled first.</exception>
    public Task SessionsClosedAsync(CancellationToken stop = default)
    {
        lock (_gate)
        {
            if (_openSessions == 0)
                return Task.CompletedTask;
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingForClose.Add(closed);
            return closed.Task.WaitAsync(stop);
        }
    }

    /// <summary>A snapshot: what is added meanwhile is not in it.</summary>
    public IEnumerator<ServerEvent> GetEnumerator() => ((IEnumerable<ServerEvent>)Where(_ => true)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(ServerEvent happened)
    {
        Happened?.Invoke(happened);
        lock (_gate)
        {
            _events.Add(happened);
            _openSessions += happened.Kind switch { ServerEventKind.Connected => 1, ServerEventKind.Closed => -1, _ => 0 };
            if (_openSessions == 0)
            {
                _waitingForClose.ForEach(closed => closed.SetResult());
                _waitingForClose.Clear();
            }
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (!_waiting[i].Wanted(happened))
                    continue;
                _waiting[i].Seen.SetResult(happened);
                _waiting.RemoveAt(i);
            }
        }
    }

    List<ServerEvent> Where(Predicate<ServerEvent> wanted)
    {
        lock (_gate)
            return _events.FindAll(wanted);
    }
}
