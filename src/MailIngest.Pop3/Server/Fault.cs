namespace MailIngest.Pop3.Server;

/// <summary>How a fault ends the connection.</summary>
enum ConnectionEnd
{
    /// <summary>FIN, without a TLS close_notify.</summary>
    Cut,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nothing is answered any more until the client gives up.</summary>
    Stall,
}

/// <summary>One line of a LIST or UIDL answer: the message-number and what follows it.</summary>
readonly record struct ListingRow(int Number, string Text);

/// <summary>A message about to be sent, as a fault sees it: the octets before byte-stuffing, and where to look for others.</summary>
/// <param name="Stored">The message as stored.</param>
/// <param name="Lines">The message as RETR should send it.</param>
/// <param name="Occurrence">Which time it is that the fault strikes, from 1.</param>
/// <param name="Other">The lines of another message of the same session.</param>
sealed record FaultedMessage(Func<byte[]> Stored, Func<byte[]> Lines, int Occurrence, Func<int, byte[]> Other);

/// <summary>What an UPDATE does: which messages it removes, and whether QUIT admits that some were left.</summary>
sealed record UpdatePlan(IReadOnlyList<SessionMessage> Remove, bool AdmitsFailure = false);

/// <summary>What goes wrong with one command: every part is a deviation, all parts unset is honest service.</summary>
/// <remarks><see cref="ServerSession"/> asks it at the few places where a deviation can show: instead of executing, while an answer is
/// written (<see cref="AnswerWriter"/>), in the rows of a listing, in the content of a message, and in the UPDATE.</remarks>
sealed record Fault
{
    public const long BeforeTheCommand = -1;
    public const long AfterTheAnswer = long.MaxValue;

    /// <summary>Nothing goes wrong.</summary>
    public static readonly Fault None = new();

    /// <summary>What the events call it.</summary>
    public string Name { get; init; } = "";

    /// <summary>This line is the answer; the command is not executed.</summary>
    public string? Instead { get; init; }

    /// <summary>Octets sent before the answer.</summary>
    public string Before { get; init; } = "";

    /// <summary>Octets sent after the answer.</summary>
    public string After { get; init; } = "";

    /// <summary>Text added to the status line and to every row of a listing.</summary>
    public string Extra { get; init; } = "";

    /// <summary>The connection ends so, when <see cref="EndAt"/> octets of the answer were sent.</summary>
    public ConnectionEnd? End { get; init; }

    /// <summary>The octet of the answer, or <see cref="BeforeTheCommand"/>, or <see cref="AfterTheAnswer"/>.</summary>
    public long EndAt { get; init; }

    /// <summary>Octets per write; 0 writes as much as there is.</summary>
    public int Dribble { get; init; }

    /// <summary>A dot that is the first octet of the message is not stuffed.</summary>
    public bool ForgetsFirstDot { get; init; }

    /// <summary>Changes the rows of a listing.</summary>
    public Func<IReadOnlyList<ListingRow>, IReadOnlyList<ListingRow>>? Rows { get; init; }

    /// <summary>Changes the octets of a message; it is held in memory for that.</summary>
    public Func<FaultedMessage, byte[]>? Body { get; init; }

    /// <summary>Changes what is removed, given all messages of the session.</summary>
    public Func<IReadOnlyList<SessionMessage>, UpdatePlan>? Update { get; init; }

    /// <summary>The message that the command names is removed at once, for good.</summary>
    public bool RemovesAtOnce { get; init; }

    /// <summary>The exclusive-access lock is neither asked for nor taken.</summary>
    public bool SharesMaildrop { get; init; }

    /// <summary>Which time it is that this fault strikes, from 1.</summary>
    public int Occurrence { get; init; }

    /// <summary>Both deviations at once; where they contradict the later one counts.</summary>
    public Fault And(Fault later) => new()
    {
        Name = Name.Length == 0 ? later.Name : $"{Name}, {later.Name}",
        Instead = later.Instead ?? Instead,
        Before = Before + later.Before,
        After = After + later.After,
        Extra = Extra + later.Extra,
        End = later.End ?? End,
        EndAt = later.End is null ? EndAt : later.EndAt,
        Dribble = later.Dribble > 0 ? later.Dribble : Dribble,
        ForgetsFirstDot = ForgetsFirstDot || later.ForgetsFirstDot,
        Rows = Rows is { } first && later.Rows is { } second ? rows => second(first(rows)) : later.Rows ?? Rows,
        Body = later.Body ?? Body,
        Update = later.Update ?? Update,
        RemovesAtOnce = RemovesAtOnce || later.RemovesAtOnce,
        SharesMaildrop = SharesMaildrop || later.SharesMaildrop,
        Occurrence = Math.Max(Occurrence, later.Occurrence),
    };
}
