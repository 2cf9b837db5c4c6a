namespace MailIngest.Simulation;

/// <summary>What kind of thing a worker does to the world, or the world to it.</summary>
public enum EffectKind
{
    /// <summary>A worker connects.</summary>
    Connect,

    /// <summary>A worker sends one or more commands in one write.</summary>
    Command,

    /// <summary>The server writes one or more answers, or a part of one.</summary>
    Answer,

    /// <summary>A connection to the ledger is opened.</summary>
    LedgerOpen,

    /// <summary>A transaction begins.</summary>
    LedgerBegin,

    /// <summary>A statement that is no query runs.</summary>
    LedgerWrite,

    /// <summary>A query runs.</summary>
    LedgerRead,

    /// <summary>A transaction is committed.</summary>
    LedgerCommit,

    /// <summary>Put Blob, or the link of a file: the whole message becomes visible.</summary>
    PutBlob,

    /// <summary>Put Block: a part of a large message, invisible.</summary>
    PutBlock,

    /// <summary>Put Block List: the parts become visible as one.</summary>
    PutBlockList,

    /// <summary>A look at what has a name.</summary>
    Head,
}

/// <summary>How an effect goes wrong.</summary>
public enum Strike
{
    None,

    /// <summary>It fails and has not happened: refused, reset, an error of the disk.</summary>
    Before,

    /// <summary>It has happened, and the one who asked is told that it failed, or told nothing: the answer is lost.</summary>
    After,

    /// <summary>Half of it has happened: half of the octets, then an end.</summary>
    Half,

    /// <summary>It does not happen, and no answer comes: the wire is silent; the store answers nothing for five minutes or until the
    /// caller gives up, and then fails; the ledger stands still for five minutes, and then goes on.</summary>
    Hang,

    /// <summary>It happens, and no answer comes.</summary>
    HangAfter,

    /// <summary>It happens, and in the same moment the worker is told to drop everything (the token <c>stop</c>).</summary>
    Cancel,

    /// <summary>It does not happen, and the worker is killed.</summary>
    Kill,
}

/// <summary>One effect, about to happen.</summary>
/// <param name="Number">From 1, in this world.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Worker">Whose; of an <see cref="EffectKind.Answer"/>, who is answered.</param>
/// <param name="What">The command, the statement, the blob: for people.</param>
public sealed record Effect(int Number, EffectKind Kind, string Worker, string What)
{
    public override string ToString() => $"#{Number} {Kind} {What}";
}
