using MailIngest.Settings;

namespace MailIngest.Commands;

/// <summary>
/// Lets so many polls run at once, and so many of one host. Of those that wait, the one that has been due for longest is next, unless its
/// host has no room: a host whose polls hang takes no more than its share from the others.
/// </summary>
sealed class SessionSlots(LimitSettings limits)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, Host> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The first waiter of each host that has room, oldest-due first: every change of a host costs a look-up in this tree, and no more.
    /// </summary>
    readonly SortedSet<Waiter> _next = new(Waiter.ByDue);

    int _free = limits.Sessions;
    long _arrivals;

    /// <summary>Runs a poll as soon as it has its turn.</summary>
    /// <param name="host">Where it signs in.</param>
    /// <param name="due">When it was due: the oldest goes first.</param>
    /// <param name="poll">The poll.</param>
    /// <param name="enough">Cancelled: whoever waits still is not run.</param>
    /// <returns>Whether it was run.</returns>
    public async Task<bool> RunAsync(string host, DateTimeOffset due, Func<Task> poll, CancellationToken enough)
    {
        var waiter = Enter(host, due);
        await using (enough.UnsafeRegister(_ => Leave(waiter), null))
        {
            if (!await waiter.Turn.Task)
                return false;
        }
        try
        {
            if (enough.IsCancellationRequested)
                return false;
            await poll();
            return true;
        }
        finally
        {
            GiveBack(waiter.Host);
        }
    }

    Waiter Enter(string name, DateTimeOffset due)
    {
        lock (_gate)
        {
            if (!_hosts.TryGetValue(name, out var host))
                _hosts[name] = host = new(name, limits.SessionsPerHost);
            var waiter = new Waiter(host, due, _arrivals++);
            Change(host, () => host.Waiting.Add(waiter));
            Grant();
            return waiter;
        }
    }

    void Leave(Waiter waiter)
    {
        lock (_gate)
        {
            if (!waiter.Host.Waiting.Contains(waiter))
                return; // it has its turn already
            Change(waiter.Host, () => waiter.Host.Waiting.Remove(waiter));
            waiter.Turn.SetResult(false);
        }
    }

    void GiveBack(Host host)
    {
        lock (_gate)
        {
            _free++;
            Change(host, () => host.Free++);
            if (host.Waiting.Count == 0 && host.Free == limits.SessionsPerHost)
                _hosts.Remove(host.Name);
            Grant();
        }
    }

    void Grant()
    {
        while (_free > 0 && _next.Min is { } waiter)
        {
            _free--;
            Change(waiter.Host, () =>
            {
                waiter.Host.Waiting.Remove(waiter);
                waiter.Host.Free--;
            });
            waiter.Turn.SetResult(true);
        }
    }

    /// <summary>Changes a host, and keeps its place among the others true.</summary>
    void Change(Host host, Action change)
    {
        if (host.Next is { } before)
            _next.Remove(before);
        change();
        if (host.Next is { } after)
            _next.Add(after);
    }

    sealed class Host(string name, int free)
    {
        public string Name => name;

        public int Free { get; set; } = free;

        public SortedSet<Waiter> Waiting { get; } = new(Waiter.ByDue);

        /// <summary>Who is next if this host is: nobody while it has no room.</summary>
        public Waiter? Next => Free > 0 ? Waiting.Min : null;
    }

    sealed record Waiter(Host Host, DateTimeOffset Due, long Arrival)
    {
        public static readonly Comparer<Waiter> ByDue = Comparer<Waiter>.Create((one, other) =>
            one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Arrival.CompareTo(other.Arrival));

        /// <summary>True: go. False: it does not wait any more.</summary>
        public TaskCompletionSource<bool> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
