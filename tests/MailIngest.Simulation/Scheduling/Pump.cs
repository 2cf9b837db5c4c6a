namespace MailIngest.Simulation.Scheduling;

/// <summary>
/// Runs all steps of all actors of one simulation on one thread, one after the other, in an order that depends on the seed alone. Time
/// stands still while anything can be done, and then jumps to the next timer.
/// </summary>
/// <remarks>
/// Whatever comes from another thread has escaped the simulation and would make a seed mean something else each time. It is a failure of
/// the simulation, and a loud one: <see cref="SimulationException"/>.
/// </remarks>
public sealed class Pump
{
    /// <summary>Of what could be done next, so many are candidates: real threads overtake each other, but not by much.</summary>
    const int Overtaking = 3;

    /// <summary>In real time: what takes longer has not only hopped to another thread.</summary>
    static readonly TimeSpan OutsidePatience = TimeSpan.FromSeconds(30);

    readonly Lock _gate = new(); // for those who come from elsewhere, to fail properly
    readonly int _thread = Environment.CurrentManagedThreadId;
    readonly PriorityQueue<Step, (long Due, long Number)> _later = new();
    readonly Dice? _order;
    readonly long _mostSteps;
    Step[] _ready = new Step[256];
    int _first;
    int _count;
    long _numbers;
    long _steps;
    string? _escape;

    /// <param name="order">Chooses among what is ready; null: first come, first served.</param>
    /// <param name="mostSteps">A simulation that takes more goes round in circles.</param>
    public Pump(Dice? order, long mostSteps) => (_order, _mostSteps) = (order, mostSteps);

    /// <summary>How much time has passed.</summary>
    public TimeSpan Now { get; private set; }

    public Actor NewActor(string name) => new(this, name);

    /// <summary>Runs until the task has completed, and throws what it threw.</summary>
    /// <exception cref="SimulationException">Nothing can happen any more, something escaped, or there is no end to it.</exception>
    public void RunUntil(Task done)
    {
        var outside = SynchronizationContext.Current;
        try
        {
            while (!done.IsCompleted)
            {
                Check("the pump");
                if (++_steps > _mostSteps)
                    throw new SimulationException($"{_steps} steps, and no end.");
                if (_count > 0)
                    Run(Take());
                else if (_later.TryDequeue(out var next, out var when))
                {
                    Now = new TimeSpan(when.Due);
                    Run(next);
                }
                else
                    throw new SimulationException("Nothing can happen any more: something waits for what never comes, or waits outside.");
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
        done.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Does what hops between threads as one step: the pump stands still until it has ended. Its awaits must not come back here.
    /// </summary>
    /// <param name="work">What to do.</param>
    /// <param name="hops">It does hop; then it begins on another thread, because a task scheduler would call it back as well.</param>
    public T Outside<T>(Func<ValueTask<T>> work, bool hops)
    {
        Check("a call to the outside");
        var here = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var running = hops ? new ValueTask<T>(Task.Run(() => work().AsTask())) : work();
            if (running.IsCompleted)
                return running.GetAwaiter().GetResult();
            var task = running.AsTask();
            if (Task.WaitAny([task], OutsidePatience) < 0)
                throw new SimulationException("A call to the outside does not end: it waits for something in the simulation.");
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(here);
        }
    }

    /// <summary>Every simulated effect asks: it happens on this thread, or the simulation is none.</summary>
    public void Check(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            Escaped(what);
        if (_escape is not null)
            throw new SimulationException($"{_escape} came from another thread: some await has left the simulation.");
    }

    /// <summary>A step, as soon as those before it are done.</summary>
    internal void Add(Actor actor, SendOrPostCallback step, object? state)
    {
        if (actor.IsDead)
            return; // also what the garbage collector does with what was its own
        if (Environment.CurrentManagedThreadId != _thread)
        {
            Escaped($"a step of {actor.Name}");
            return;
        }
        if (_count == _ready.Length)
            Grow();
        _ready[(_first + _count++) & (_ready.Length - 1)] = new(actor, step, state);
    }

    /// <summary>A step when it is that late.</summary>
    internal void At(TimeSpan due, Actor actor, SendOrPostCallback step, object? state)
    {
        Check("a timer");
        _later.Enqueue(new(actor, step, state), (due.Ticks, _numbers++));
    }

    static void Run(Step step)
    {
        SynchronizationContext.SetSynchronizationContext(step.Actor);
        step.Actor.Step(step.Callback, step.State);
    }

    Step Take()
    {
        var mask = _ready.Length - 1;
        if (_order is not null && _count > 1 && _order.Below(Math.Min(_count, Overtaking)) is > 0 and var ahead)
            (_ready[_first], _ready[(_first + ahead) & mask]) = (_ready[(_first + ahead) & mask], _ready[_first]);
        var step = _ready[_first];
        _ready[_first] = default;
        _first = (_first + 1) & mask;
        _count--;
        return step;
    }

    void Grow()
    {
        var larger = new Step[_ready.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = _ready[(_first + i) & (_ready.Length - 1)];
        (_ready, _first) = (larger, 0);
    }

    void Escaped(string what)
    {
        lock (_gate)
            _escape ??= $"{what} (at {Environment.StackTrace})";
    }

    readonly record struct Step(Actor Actor, SendOrPostCallback Callback, object? State);
}
