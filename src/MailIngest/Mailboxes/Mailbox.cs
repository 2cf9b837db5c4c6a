using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Mailboxes;

/// <summary>One mailbox to poll, as its configuration file describes it: complete, validated, immutable.</summary>
public sealed record Mailbox
{
    /// <summary>The configuration file's name without ".json", or the key "id" in it. Part of every blob name: it never changes.</summary>
    public required string Id { get; init; }

    /// <summary>The configuration file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>Which version of the file this is (<see cref="ConfigDocument.Revision"/>): another one is another file.</summary>
    public string Revision { get; init; } = "";

    /// <summary>A disabled mailbox is validated and not polled.</summary>
    public bool Enabled { get; init; } = true;

    public required Pop3Endpoint Server { get; init; }

    public MailboxTls Tls { get; init; } = new([], null, null);

    public required string Username { get; init; }

    public SignInMechanism Mechanism { get; init; } = SignInMechanism.Auto;

    /// <summary>Read at each sign-in. Where the certificate signs in, that. With <see cref="OAuth"/> it is not sent to the mail server: another
    /// one is another credential.</summary>
    public required SecretSource Password { get; init; }

    /// <summary>How to get the access tokens that take a password's place; null: a password signs in.</summary>
    public TokenGrant? OAuth { get; init; }

    /// <summary>The longest wait for the connection and its TLS.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest silence on the socket.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest session, whatever happens in it.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(1);

    public Pipelining Pipelining { get; init; } = Pipelining.Auto;

    /// <summary>When <c>run</c> polls the mailbox.</summary>
    public MailboxSchedule Schedule { get; init; } = new(null, MailboxSchedule.DefaultEvery, TimeZoneInfo.Utc);

    /// <summary>Poll again at once while a limit cut the last poll short.</summary>
    public bool Greedy { get; init; }

    /// <summary>So many sign-ins refused in a row for user or password suspend the mailbox.</summary>
    public int SignInAttempts { get; init; } = 3;

    /// <summary>Whether stored messages are removed from the server.</summary>
    public bool Delete { get; init; } = true;

    /// <summary>How long after its first sight a stored message stays on the server; null: it is removed at once.</summary>
    public TimeSpan? DeleteAfter { get; init; }

    /// <summary>Larger messages, by the server's LIST, are not fetched; 0 is no limit.</summary>
    public long MaxMessageOctets { get; init; }

    public Oversize Oversize { get; init; } = Oversize.Skip;

    /// <summary>After so many messages a poll ends cleanly and the rest waits for the next; 0 is no limit.</summary>
    public int MaxMessagesPerSession { get; init; }

    /// <summary>As <see cref="MaxMessagesPerSession"/>, in octets by the server's LIST; 0 is no limit.</summary>
    public long MaxOctetsPerSession { get; init; }

    /// <summary>After so many stored messages the session ends with QUIT and the next begins; 0: only at the end.</summary>
    /// <remarks>A session that dies costs no stored message a second RETR, so that this only bounds how much the server has to remove at
    /// once. Each session more has to list all that is left, and many servers open the whole maildrop again before the first RETR.</remarks>
    public int CommitEvery { get; init; } = 50_000;

    /// <summary>After so many failed attempts a message is quarantined.</summary>
    public int MaxAttempts { get; init; } = 5;

    public SizeTrust Sizes { get; init; } = SizeTrust.Exact;
}

/// <summary>How the server's certificate is judged, and which one it is shown.</summary>
/// <param name="Fingerprints">SHA-256, 64 upper-case hex digits, or <see cref="Pop3Tls.KeyPin"/> and base64; if there are any, one must
/// match and no authority is asked.</param>
/// <param name="HostOverride">The name that the certificate must carry instead of the server's host name.</param>
/// <param name="TrustFile">A PEM file of authorities that are trusted instead of the system's.</param>
public sealed record MailboxTls(IReadOnlyList<string> Fingerprints, string? HostOverride, string? TrustFile)
{
    /// <summary>The authority is asked at each sign-in whether it has revoked the server's certificate.</summary>
    public bool Revocation { get; init; }

    /// <summary>What the server is shown when it asks; null: nothing.</summary>
    public ClientCertificate? Certificate { get; init; }
}

/// <summary>When a mailbox is polled: by the clock or so long after each poll's end; one of the two is null.</summary>
/// <param name="Cron">Five fields: minute, hour, day of month, month, day of week.</param>
/// <param name="Every">Counted from the end of a poll.</param>
/// <param name="TimeZone">The zone of <paramref name="Cron"/>.</param>
public sealed record MailboxSchedule(string? Cron, TimeSpan? Every, TimeZoneInfo TimeZone)
{
    /// <summary>The pause after each poll of a mailbox whose file sets neither <c>schedule</c> nor <c>every</c>.</summary>
    public static readonly TimeSpan DefaultEvery = TimeSpan.FromMinutes(5);

    /// <summary>Each poll comes later by a part of this, another for each poll.</summary>
    public TimeSpan Jitter { get; init; }
}

/// <summary>What becomes of a message above the size limit; it stays on the server either way.</summary>
public enum Oversize
{
    /// <summary>Left alone and reported by every poll.</summary>
    Skip,

    /// <summary>Marked in the ledger until an operator releases it.</summary>
    Quarantine,
}

/// <summary>How far the sizes in the server's LIST are believed.</summary>
public enum SizeTrust
{
    /// <summary>A message shorter than its LIST size is truncated.</summary>
    Exact,

    /// <summary>The server is known to estimate.</summary>
    Inexact,
}
