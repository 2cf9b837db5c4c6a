namespace MailIngest.Pop3;

/// <summary>Whether several commands may be under way at once (RFC 2449 §6.6).</summary>
public enum Pipelining
{
    /// <summary>When the server announces it.</summary>
    Auto,

    /// <summary>Always, announced or not.</summary>
    On,

    /// <summary>Never: one command, one answer.</summary>
    Off,
}

/// <summary>Everything that bounds a session: times, windows and what a server may send.</summary>
public sealed record Pop3Options
{
    /// <summary>The clock that every limit below is measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Time for the TCP connection, the TLS handshake and the greeting together. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server may be silent while it is waited for. Default 60 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the whole session may last. Default 1 h.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Octets per second that must arrive over every minute spent waiting inside one multi-line answer. Time that the consumer takes
    /// does not count. Default 100; 0 turns it off.
    /// </summary>
    public int MinimumRate { get; init; } = 100;

    /// <summary>Whether several commands may be under way at once. Default <see cref="Pipelining.Auto"/>.</summary>
    public Pipelining Pipelining { get; init; } = Pipelining.Auto;

    /// <summary>
    /// The session will be asked for <see cref="MaildropSession.ListMaildropAsync(KnownMessage?, CancellationToken)"/> before anything
    /// else: where PIPELINING was announced, STAT, LIST and UIDL go out with the CAPA that follows the sign-in. Default false.
    /// </summary>
    public bool ListsFirst { get; init; }

    /// <summary>
    /// Unanswered commands at most when pipelining, until it turns out that the link carries more: then up to sixteen times as many.
    /// Default 4096.
    /// </summary>
    public int WindowCommands { get; init; } = 4096;

    /// <summary>
    /// Octets that the unanswered RETRs ask for, by LIST, before no more are sent; grows with <see cref="WindowCommands"/>. The one that is
    /// being answered does not count. Default 16 MiB.
    /// </summary>
    public long WindowOctets { get; init; } = 16 << 20;

    /// <summary>Octets of a status line, CRLF included. RFC 1939 §3 allows 512; default 8192.</summary>
    public int MaxReplyLine { get; init; } = 8192;

    /// <summary>Octets of one line of LIST or UIDL, CRLF included. A unique-id has 70 at most (RFC 1939 §7); default 1024.</summary>
    public int MaxListingLine { get; init; } = 1024;

    /// <summary>Lines of a CAPA answer. Default 512.</summary>
    public int MaxCapabilityLines { get; init; } = 512;

    /// <summary>Messages in a listing. Default 1,000,000.</summary>
    public int MaxMessages { get; init; } = 1_000_000;

    /// <summary>Octets of a SASL challenge, CRLF included; RFC 5034 §4 sets no limit. Default 65536.</summary>
    public int MaxSaslLine { get; init; } = 65536;

    /// <summary>Octets of one message. Default 0: none but four times the LIST size and 1 MiB, see <see cref="InexactSizes"/>.</summary>
    public long MaxMessageOctets { get; init; }

    /// <summary>The server's LIST sizes are known to be wrong: they bound nothing. Default false.</summary>
    public bool InexactSizes { get; init; }

    /// <summary>Octets of one TOP answer. Default 64 MiB.</summary>
    public long MaxTopOctets { get; init; } = 64 << 20;

    /// <summary>Which certificates are believed.</summary>
    public Pop3Tls Tls { get; init; } = new();

    /// <summary>
    /// Receives each command, status, capability and listing line, secrets masked, hostile text escaped; message content never.
    /// </summary>
    public Action<TranscriptLine>? Transcript { get; init; }

    /// <summary>Makes the connection in place of a socket: any duplex stream. The token is cancelled when <see cref="ConnectTimeout"/> has
    /// passed.</summary>
    public Func<Pop3Endpoint, CancellationToken, ValueTask<Stream>>? Connect { get; init; }

    /// <summary>Awaited before a credential is sent, with what the server has announced by then. What it throws ends the sign-in.</summary>
    public Func<Capabilities, ValueTask>? SigningIn { get; init; }

    /// <summary>The octets of a message that LIST says has this many, above which the server is not believed.</summary>
    internal long MaxOctetsOf(long listed)
    {
        var plausible = InexactSizes ? long.MaxValue : listed > (long.MaxValue - (1 << 20)) / 4 ? long.MaxValue : 4 * listed + (1 << 20);
        return MaxMessageOctets > 0 ? Math.Min(MaxMessageOctets, plausible) : plausible;
    }

    internal void Check()
    {
        Positive(ConnectTimeout, nameof(ConnectTimeout));
        Positive(Timeout, nameof(Timeout));
        Positive(SessionTimeout, nameof(SessionTimeout));
        ArgumentOutOfRangeException.ThrowIfNegative(MinimumRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(WindowCommands, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WindowOctets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxReplyLine, 512);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxListingLine, 128);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxCapabilityLines, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessages, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSaslLine, 512);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMessageOctets);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTopOctets, 1);
    }

    static void Positive(TimeSpan value, string name) => ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
}
