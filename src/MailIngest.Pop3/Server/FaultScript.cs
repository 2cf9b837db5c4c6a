namespace MailIngest.Pop3.Server;

/// <summary>What a server does wrong on purpose: an immutable list of faults, each a place and a deviation.</summary>
/// <remarks>
/// <para>Every sentence reads <c>At(where).Does(what)</c> and gives a new script, so sentences chain:</para>
/// <code>
/// FaultScript.None
///     .At("RETR", message: 2, session: 1).CutAfterOctets(246)       // the connection dies inside message 2, once
///     .At("PASS", times: 3).Refuses("[SYS/TEMP] come back later")   // three sign-ins fail, the fourth is fine
///     .At("QUIT", occurrence: 1).CutAfterOctets(0)                  // removed, but the answer is lost
///     .At("UIDL").SaysUniqueId(3, "duplicate")
/// </code>
/// <para>Each server counts for itself, over all its sessions. Several faults may strike at one command.</para>
/// </remarks>
public sealed class FaultScript
{
    /// <summary>The place before the first command: the greeting is the answer.</summary>
    public const string Greeting = "(greeting)";

    /// <summary>The place where a session ends without QUIT: dropped, reset, timed out.</summary>
    public const string Disconnect = "(disconnect)";

    /// <summary>Any command at all.</summary>
    public const string AnyCommand = "*";

    FaultScript(IReadOnlyList<(FaultPoint Where, Fault What)> faults) => Faults = faults;

    /// <summary>Honest service.</summary>
    public static FaultScript None { get; } = new([]);

    internal IReadOnlyList<(FaultPoint Where, Fault What)> Faults { get; }

    /// <summary>Where the next deviation strikes.</summary>
    /// <param name="verb">The command: "RETR", "STLS"; also <see cref="Greeting"/>, <see cref="Disconnect"/>,
    /// <see cref="AnyCommand"/>.</param>
    /// <param name="message">Only when the command names this message-number.</param>
    /// <param name="session">Only in this session; 1 is the server's first connection.</param>
    /// <param name="occurrence">Only from the n-th time on that all this matches, and then once unless <paramref name="times"/> says
    /// more.</param>
    /// <param name="times">How often; for ever when neither this nor <paramref name="occurrence"/> is given.</param>
    public FaultPoint At(string verb, int? message = null, int? session = null, int? occurrence = null, int? times = null) =>
        new(this, verb, message, session, occurrence ?? 1, times ?? (occurrence is null ? int.MaxValue : 1));

    /// <summary>At the greeting of a session.</summary>
    public FaultPoint AtGreeting(int? session = null, int? times = null) => At(Greeting, session: session, times: times);

    /// <summary>At the end of a session that ends without QUIT.</summary>
    public FaultPoint AtDisconnect(int? session = null, int? times = null) => At(Disconnect, session: session, times: times);

    /// <summary>Sessions neither ask for the exclusive-access lock nor take it, like Dovecot by default.</summary>
    public FaultScript WithoutLock() => At(AnyCommand).Does(new() { Name = "no lock", SharesMaildrop = true });

    /// <summary>The faults of both scripts.</summary>
    public FaultScript And(FaultScript other) => new([.. Faults, .. other.Faults]);

    internal FaultScript With(FaultPoint where, Fault what) => new([.. Faults, (where, what)]);
}
