namespace MailIngest.Pop3;

/// <summary>Why a connection was given up.</summary>
enum Expiry
{
    Connecting,
    Silence,
    Session,
    TooSlow,
}

/// <summary>
/// Watches one connection's time with one timer: the connect deadline, silence while the server is waited for, the length of the session,
/// and the rate inside a multi-line answer. Time that the consumer takes is nobody's silence.
/// </summary>
sealed class Watchdog : IDisposable
{
    static readonly TimeSpan RateSpan = TimeSpan.FromMinutes(1);

    readonly Pop3Options options;
    readonly TimeProvider clock;
    readonly Action<Expiry> expired;
    readonly Lock gate = new();
    readonly ITimer timer;
    readonly long opened;
    long? connecting;
    long? waiting;
    bool measuring;
    TimeSpan waited;
    long received;

    public Watchdog(Pop3Options options, long begun, Action<Expiry> expired)
    {
        this.options = options;
        this.expired = expired;
        clock = options.Clock;
        opened = begun;
        connecting = begun;
        timer = clock.CreateTimer(
            static watchdog => ((Watchdog)watchdog!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>The connect deadline begins (again): for the STLS handshake.</summary>
    public void Connecting()
    {
        lock (gate) connecting = clock.GetTimestamp();
        Look();
    }

    public void Connected()
    {
        lock (gate) connecting = null;
    }

    /// <summary>The reader begins to wait for the server.</summary>
    public void Waiting()
    {
        lock (gate) waiting = clock.GetTimestamp();
    }

    /// <summary>The wait is over; so many octets came.</summary>
    public void Heard(int octets)
    {
        lock (gate)
        {
            var span = waiting is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero;
            waiting = null;
            if (!measuring) return;

            waited += span;
            received += octets;
            if (waited < RateSpan) return;
            var tooSlow = received < options.MinimumRate * waited.TotalSeconds;
            (waited, received) = (TimeSpan.Zero, 0);
            if (!tooSlow) return;
        }
        expired(Expiry.TooSlow);
    }

    /// <summary>A multi-line answer begins: from here on the rate counts.</summary>
    public void AnswerBegins()
    {
        lock (gate) (measuring, waited, received) = (options.MinimumRate > 0, TimeSpan.Zero, 0);
    }

    public void AnswerEnds()
    {
        lock (gate) measuring = false;
    }

    public void Dispose() => timer.Dispose();

    /// <summary>Gives up, or sleeps until the next moment that could matter: never longer than one silence.</summary>
    void Look()
    {
        Expiry reason;
        lock (gate)
        {
            var silence = options.Timeout - (waiting is { } since && connecting is null ? clock.GetElapsedTime(since) : TimeSpan.Zero);
            var session = options.SessionTimeout - clock.GetElapsedTime(opened);
            var connect = connecting is { } begun ? options.ConnectTimeout - clock.GetElapsedTime(begun) : TimeSpan.MaxValue;

            var next = Min(silence, Min(session, connect));
            if (next > TimeSpan.Zero)
            {
                // Timers count whole milliseconds: rounded up, so that the last look is not a moment too early.
                var milliseconds = Math.Min(Math.Ceiling(next.TotalMilliseconds), int.MaxValue);
                timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
                return;
            }
            reason = connect <= TimeSpan.Zero ? Expiry.Connecting : session <= TimeSpan.Zero ? Expiry.Session : Expiry.Silence;
        }
        expired(reason);
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
