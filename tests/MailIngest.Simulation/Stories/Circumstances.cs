using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Stories;

/// <summary>What a seed makes of a world before anything happens: the server's quirks, the mailbox's settings, the rate of faults.</summary>
sealed class Circumstances
{
    static readonly Quirk[] _s_all = Enum.GetValues<Quirk>();

    readonly Dice _dice;

    public Circumstances(Dice dice)
    {
        _dice = dice;
        var wanted = dice.Of(0, 1, 1, 1, 2, 2, 2, 3, 3, 4);
        Quirks = Exclusions.Compatible(Enumerable.Range(0, wanted).Select(_ => dice.Of<Quirk>(_s_all)));
        FaultRate = dice.Of(0, 0, 0.002, 0.005, 0.01, 0.02, 0.05);
        Latency = dice.Of(TimeSpan.Zero, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        StoreLatency = dice.Of(TimeSpan.Zero, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8));
        Chunks = dice.Of(Chunking.Whole, Chunking.Whole, Chunking.Random, Chunking.Random, Chunking.InsideEnds, Chunking.OneOctet);
        Window = dice.Of(2048, 65536, 1 << 20);
        Store = dice.Chance(0.04) ? StoreKind.Folder : StoreKind.Azure;
    }

    public IReadOnlyList<Quirk> Quirks { get; }

    public double FaultRate { get; }

    public TimeSpan Latency { get; }

    public TimeSpan StoreLatency { get; }

    public Chunking Chunks { get; }

    public int Window { get; }

    public StoreKind Store { get; }

    public bool Has(Quirk quirk) => Quirks.Contains(quirk);

    /// <summary>The mailbox's file.</summary>
    public Mailbox Configure(Mailbox mailbox) => mailbox with
    {
        Delete = !_dice.Chance(0.1),
        DeleteAfter = _dice.Chance(0.1) ? TimeSpan.FromMinutes(_dice.Between(1, 120)) : null,
        CommitEvery = _dice.Of(0, 1, 2, 3, 5000),
        MaxMessagesPerSession = _dice.Of(0, 0, 0, 1, 3),
        MaxOctetsPerSession = _dice.Of(0, 0, 0, 0, 10_000),
        MaxMessageOctets = _dice.Of(0, 0, 0, 0, 8_000),
        Oversize = _dice.Of(Oversize.Skip, Oversize.Quarantine),
        MaxAttempts = _dice.Between(2, 5),
        Pipelining = _dice.Of(Pipelining.Auto, Pipelining.Auto, Pipelining.On, Pipelining.Off),
        Sizes = Has(Quirk.RoundsSizes) ? SizeTrust.Inexact : SizeTrust.Exact,
        SessionTimeout = _dice.Of(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(2)),
    };

    /// <summary>The mailbox's file in the quiet phase: no rule leaves anything behind.</summary>
    public static Mailbox Generous(Mailbox mailbox) =>
        mailbox with { MaxMessageOctets = 0, MaxMessagesPerSession = 0, MaxOctetsPerSession = 0, SessionTimeout = TimeSpan.FromHours(1) };

    /// <summary>The server, as it will always be.</summary>
    public Pop3ServerOptions Honest(Pop3ServerOptions options, bool migrated)
    {
        var faults = Has(Quirk.Locks) || Has(Quirk.InUse) ? FaultScript.None : FaultScript.None.WithoutLock();
        if (Has(Quirk.NumbersAsUniqueIds))
            faults = faults.At("UIDL").SaysNumbersAsUniqueIds();
        if (migrated)
            faults = faults.At("UIDL").SaysUniqueIds((_, id) => "migrated-" + id);
        if (Has(Quirk.RemovesRetrieved))
            faults = faults.At("QUIT").RemovesRetrieved();
        if (Has(Quirk.RemovesAtDele))
            faults = faults.At("DELE").RemovesAtOnce();
        if (Has(Quirk.RemovesAtDisconnect))
            faults = faults.AtDisconnect().RemovesMarked();
        if (Has(Quirk.RoundsSizes))
            faults = faults.At("LIST").RoundsOctets(64);
        return options with
        {
            Faults = faults,
            Uidl = !Has(Quirk.NoUniqueIds),
            Top = !Has(Quirk.NoTop),
            AnnounceCapa = !Has(Quirk.NoCapabilities),
            Pipelining = !Has(Quirk.NoPipelining) || options.CapaPipeliningOnlyAfterSignIn,
            LoginDelay = Has(Quirk.LoginDelay) ? TimeSpan.FromSeconds(90) : null,
            ExtraCapabilities = Has(Quirk.RemovesRetrieved) ? ["EXPIRE 0"] : [],
        };
    }

    /// <summary>The same server while things go wrong.</summary>
    public Pop3ServerOptions Troubled(Pop3ServerOptions options, Truth truth)
    {
        var faults = options.Faults;
        foreach (var quirk in Quirks)
            faults = Trouble(quirk, faults, truth);
        return options with { Faults = faults };
    }

    FaultScript Trouble(Quirk quirk, FaultScript faults, Truth truth) => quirk switch
    {
        Quirk.IgnoresDeletions => Sometimes(faults, "QUIT").IgnoresDeletions(),
        Quirk.RemovesSome => Sometimes(faults, "QUIT").RemovesOnly(_dice.Between(0, 2)),
        Quirk.OverstatesSizes => Sometimes(faults, "LIST").SaysOctets(_dice.Between(1, 3), _dice.Between(10_000, 20_000)),
        Quirk.Truncates =>
            Sometimes(Sometimes(faults, "RETR").TruncatesTo(_dice.Between(0, 900)), "RETR").TruncatesTo(_dice.Between(0, 90)),
        Quirk.Unsolicited => Unsolicited(Unsolicited(faults)),
        Quirk.ForgetsFirstDot => Sometimes(faults, "RETR").ForgetsFirstDot(),
        Quirk.Contradicts => Contradicts(faults),
        Quirk.VolatileHeaders => faults.At("RETR").VariesStatus(truth),
        Quirk.RefusesRetr => Sometimes(faults, "RETR").Refuses(_dice.Of("no", "[SYS/TEMP] later", "[SYS/PERM] never")),
        Quirk.RefusesDele => Sometimes(faults, "DELE").Refuses(_dice.Of("no", "[SYS/TEMP] later")),
        Quirk.RefusesQuit => Sometimes(faults, "QUIT").Refuses(_dice.Of("no", "[SYS/TEMP] later")),
        Quirk.RefusesSignIn => Sometimes(faults, "AUTH").Refuses(_dice.Of("[SYS/TEMP] later", "[IN-USE] somebody else", "[SYS/PERM] no")),
        Quirk.Dribbles => Sometimes(faults, _dice.Of("RETR", "UIDL", "LIST", "CAPA")).Dribbles(_dice.Between(1, 40)),
        _ => faults,
    };

    FaultPoint Sometimes(FaultScript faults, string verb) =>
        faults.At(verb, occurrence: _dice.Between(1, 8), times: _dice.Between(1, 4));

    FaultScript Unsolicited(FaultScript faults)
    {
        var line = _dice.Of(
            "+OK\r\n", "+OK 5 octets\r\n", "-ERR [SYS/TEMP] shutting down\r\n", "-ERR idle\r\n", "* nonsense\r\n", "\r\n", ".\r\n");
        var where = Sometimes(faults, _dice.Of("RETR", "DELE", "UIDL", "STAT", "QUIT", "NOOP", "TOP", "LIST"));
        return _dice.Chance(0.5) ? where.SaysBefore(line) : where.SaysAfter(line);
    }

    FaultScript Contradicts(FaultScript faults)
    {
        var verb = _dice.Of("LIST", "UIDL");
        var where = Sometimes(faults, verb);
        var message = _dice.Between(1, 3);
        return _dice.Below(3) switch
        {
            // A message without its unique-id is named by its content. When its row fails as well, nothing leads from its unique-id to its
            // blob, and it is stored again: the README says so.
            0 when verb == "LIST" => where.LeavesOut(message),
            1 => where.SaysTwice(message),
            _ => where.SaysNumber(message, _dice.Between(1, 5)),
        };
    }
}
