using MailIngest.Mailboxes;
using MailIngest.Pop3.Server;

namespace MailIngest.Simulation;

/// <summary>Into which pieces a stream of octets falls on its way.</summary>
public enum Chunking
{
    /// <summary>As they were sent, as far as the reader has room.</summary>
    Whole,

    /// <summary>One octet at a time.</summary>
    OneOctet,

    /// <summary>Three octets at a time: every CRLF.CRLF is cut inside, wherever it begins.</summary>
    InsideEnds,

    /// <summary>As the seed likes.</summary>
    Random,
}

/// <summary>Where the messages go.</summary>
public enum StoreKind
{
    /// <summary>The real Azure store and client, over a simulated service.</summary>
    Azure,

    /// <summary>The real file store, in a folder in memory.</summary>
    Folder,
}

/// <summary>What a world is like. The default is the simplest: no time passes on wire or in store, nothing overtakes anything.</summary>
public sealed record WorldOptions
{
    /// <summary>The longest way of an octet, one way; it varies from a tenth of it.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The longest wait before and after a call to the store.</summary>
    public TimeSpan StoreLatency { get; init; }

    public Chunking Chunks { get; init; } = Chunking.Whole;

    /// <summary>Octets that may be under way in one direction before the sender has to wait.</summary>
    public int Window { get; init; } = 1 << 20;

    /// <summary>What is ready at the same time happens in an order of the seed's.</summary>
    public bool Shuffles { get; init; }

    public StoreKind Store { get; init; } = StoreKind.Azure;

    /// <summary>The server; by default it lets sessions overlap, as Dovecot does.</summary>
    public Func<Pop3ServerOptions, Pop3ServerOptions> Server { get; init; } = options => options;

    /// <summary>The mailbox's file.</summary>
    public Func<Mailbox, Mailbox> Mailbox { get; init; } = mailbox => mailbox;

    /// <summary>More steps than that are a circle.</summary>
    public long MostSteps { get; init; } = 5_000_000;
}
