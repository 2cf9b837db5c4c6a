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

    readonly Pop3Options _options;
    readonly TimeProvider _clock;
    readonly Action<Expiry> _expired;
    readonly Lock _gate = new();
    readonly ITimer _timer;
    readonly long _opened;
    long? _connecting;
    long? _waiting;
    bool _measuring;
    TimeSpan _waited;
    long _received;

    public Watchdog(Pop3Options options, long begun, Action<Expiry> expired)
    {
        _options = options;
        _expired = expired;
        _clock = options.Clock;
        _opened = begun;
        _connecting = begun;
        _timer = _clock.CreateTimer(
            static watchdog => ((Watchdog)watchdog!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>The connect deadline begins (again): for the STLS handshake.</summary>
    public void Connecting()
    {
        lock (_gate) _connecting = _clock.GetTimestamp();
        Look();
    }

    public void Connected()
    {
        lock (_gate) _connecting = null;
    }

    /// <summary>The reader begins to wait for the server.</summary>
    public void Waiting()
    {
        lock (_gate) _waiting = _clock.GetTimestamp();
    }

    /// <summary>The wait is over; so many octets came.</summary>
    public void Heard(int octets)
    {
        lock (_gate)
        {
            var span = _waiting is { } since ? _clock.GetElapsedTime(since) : TimeSpan.Zero;
            _waiting = null;
            if (!_measuring) return;

            _waited += span;
            _received += octets;
            if (_waited < RateSpan) return;
            var tooSlow = _received < _options.MinimumRate * _waited.TotalSeconds;
            (_waited, _received) = (TimeSpan.Zero, 0);
            if (!tooSlow) return;
        }
        _expired(Expiry.TooSlow);
    }

    /// <summary>A multi-line answer begins: from here on the rate counts.</summary>
    public void AnswerBegins()
    {
        lock (_gate) (_measuring, _waited, _received) = (_options.MinimumRate > 0, TimeSpan.Zero, 0);
    }

    public void AnswerEnds()
    {
        lock (_gate) _measuring = false;
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Gives up, or sleeps until the next moment that could matter: never longer than one silence.</summary>
    void Look()
    {
        Expiry reason;
        lock (_gate)
        {
            var silence = _options.Timeout - (_waiting is { } since && _connecting is null ? _clock.GetElapsedTime(since) : TimeSpan.Zero);
            var session = _options.SessionTimeout - _clock.GetElapsedTime(_opened);
            var connect = _connecting is { } begun ? _options.ConnectTimeout - _clock.GetElapsedTime(begun) : TimeSpan.MaxValue;

            var next = Min(silence, Min(session, connect));
            if (next > TimeSpan.Zero)
            {
                // Timers count whole milliseconds: rounded up, so that the last look is not a moment too early.
                var milliseconds = Math.Min(Math.Ceiling(next.TotalMilliseconds), int.MaxValue);
                _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
                return;
            }
            reason = connect <= TimeSpan.Zero ? Expiry.Connecting : session <= TimeSpan.Zero ? Expiry.Session : Expiry.Silence;
        }
        _expired(reason);
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
