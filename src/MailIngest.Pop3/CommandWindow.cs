namespace MailIngest.Pop3;

/// <summary>
/// The commands that were sent and not yet answered, in order, and whether more may join them. Answers come in the order of the commands
/// (RFC 2449 §6.6).
/// <para>The link must never be idle: behind the answer that is being read, so much must be under way as the link carries in one round
/// trip. That is found out: while a command that was sent into a full window is answered in less than two of the shortest times that any
/// command took, the server has nothing to do in between, and the window doubles. On a slow link, or when the messages are stored more
/// slowly than they come, it stays.</para>
/// <para>A window costs little memory, for it is commands of 11 octets: what they ask for waits in the server. It costs patience: what is
/// under way when it is enough is still given out, and after a refusal it is fetched again. At most this is the first window, or what the
/// link carries in four round trips. It cannot lock both sides, however small their socket buffers are, for who sends commands never waits
/// for who reads. In lock-step there is one command, and no window.</para>
/// </summary>
sealed class CommandWindow(TimeProvider clock, long octets)
{
    /// <summary>So many times what it was at the beginning: from 16 MiB to 256 MiB, and from 4,096 to 65,536 commands.</summary>
    const int MostGrowth = 16;

    readonly Queue<(Command Command, long Octets)> _unanswered = new();
    long _octets;
    int _growth = 1;
    bool _full;

    // The command that is timed: how many answers come before its own, when it was sent, and whether the window was full then.
    (int Ahead, long Sent, bool IntoFull)? _timed;
    TimeSpan _shortest = TimeSpan.MaxValue;

    public int Outstanding => _unanswered.Count;

    /// <summary>Commands that may be outstanding at once until it grows; 1 is lock-step, which does not grow.</summary>
    public int Commands
    {
        get;
        set => (field, _growth) = (value, 1);
    } = 1;

    /// <summary>
    /// One is always admitted, and in a flight a second, however large their answers are. Once it is full, it is not topped up before
    /// a quarter was answered: many commands go out at once.
    /// </summary>
    public bool Admits()
    {
        var (mostCommands, mostOctets) = (Commands * (long)_growth, octets * _growth);
        if (_full) (mostCommands, mostOctets) = (mostCommands * 3 / 4 + 1, mostOctets / 4 * 3 + 1);
        var behind = _octets - (_unanswered.TryPeek(out var oldest) ? oldest.Octets : 0);
        var admits = _unanswered.Count < mostCommands && behind < mostOctets;
        if (!admits && !_full) Time(Outstanding - 1, intoFull: true);
        _full = !admits;
        return admits;
    }

    public void Add(Command command, long answerOctets)
    {
        if (Outstanding == 0) Time(0, intoFull: false);
        _unanswered.Enqueue((command, answerOctets));
        _octets += answerOctets;
    }

    /// <summary>The command that the next answer belongs to.</summary>
    public Command TakeAnswered()
    {
        var (command, answerOctets) = _unanswered.Dequeue();
        _octets -= answerOctets;
        return command;
    }

    /// <summary>The answer to the command taken last begins.</summary>
    public void Answered()
    {
        if (_timed is not { } timed) return;
        _timed = timed.Ahead > 0 ? timed with { Ahead = timed.Ahead - 1 } : null;
        if (_timed is not null) return;
        var took = clock.GetElapsedTime(timed.Sent);
        if (took < _shortest) _shortest = took;
        if (timed.IntoFull && took < 2 * _shortest && Commands > 1 && _growth < MostGrowth) _growth *= 2;
    }

    void Time(int ahead, bool intoFull)
    {
        if (_timed is not { IntoFull: true }) _timed = (ahead, clock.GetTimestamp(), intoFull);
    }
}
