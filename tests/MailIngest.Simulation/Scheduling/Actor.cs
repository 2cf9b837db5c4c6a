namespace MailIngest.Simulation.Scheduling;

/// <summary>
/// Something with a life of its own in the simulation: a worker process, the server, the environment. Its code runs in this synchronization
/// context and by this clock, and so can be stopped for a while, or for good, at any await.
/// </summary>
public sealed class Actor : SynchronizationContext
{
    readonly Pump _pump;
    readonly List<(SendOrPostCallback Step, object? State)> _kept = [];
    bool _frozen;

    internal Actor(Pump pump, string name)
    {
        _pump = pump;
        Name = name;
        Clock = new SimulatedClock(pump, this);
    }

    public string Name { get; }

    /// <summary>What the time is for it. The timers of a dead actor never fire.</summary>
    public TimeProvider Clock { get; }

    /// <summary>It is no more: none of its code runs again.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Ends it where it stands, as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        IsDead = true;
        _kept.Clear();
    }

    /// <summary>Stands still until <see cref="Thaw"/>, as after SIGSTOP; time goes on.</summary>
    public void Freeze() => _frozen = true;

    public void Thaw()
    {
        _frozen = false;
        foreach (var (step, state) in _kept)
            Post(step, state);
        _kept.Clear();
    }

    public override void Post(SendOrPostCallback d, object? state) => _pump.Add(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nobody waits for another thread in a simulation.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Does it in this actor. Never completes when the actor dies.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>();
        Post(_ => _ = RunAsync(work, done), null);
        return done.Task;
    }

    /// <summary>Does it in this actor, later; what it throws ends the simulation.</summary>
    public void Run(Action work) => Post(static work => ((Action)work!)(), work);

    /// <summary>The pump's turn to run one step: now, when it is thawed, or never.</summary>
    internal void Step(SendOrPostCallback step, object? state)
    {
        if (IsDead)
            return;
        if (_frozen)
            _kept.Add((step, state));
        else
            step(state);
    }

    static async Task RunAsync<T>(Func<Task<T>> work, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(await work());
        }
        catch (Exception failure)
        {
            done.SetException(failure);
        }
    }
}
