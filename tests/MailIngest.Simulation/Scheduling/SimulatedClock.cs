namespace MailIngest.Simulation.Scheduling;

/// <summary>The simulation's time, with timers that live and die with one actor.</summary>
sealed class SimulatedClock(Pump pump, Actor actor) : TimeProvider
{
    static readonly DateTimeOffset Epoch = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Epoch + pump.Now;

    public override long GetTimestamp() => pump.Now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Alarm(pump, actor, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class Alarm(Pump pump, Actor actor, TimerCallback callback, object? state) : ITimer
    {
        TimeSpan _period;
        long _set; // what was set before the last change does not ring
        bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed)
                return false;
            _set++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Set(dueTime);
            return true;
        }

        public void Dispose() => (_disposed, _set) = (true, _set + 1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        void Set(TimeSpan due)
        {
            var set = _set;
            pump.At(pump.Now + due, actor, _ => Ring(set), null);
        }

        void Ring(long set)
        {
            if (set != _set)
                return;
            if (_period > TimeSpan.Zero)
                Set(_period);
            callback(state);
        }
    }
}
