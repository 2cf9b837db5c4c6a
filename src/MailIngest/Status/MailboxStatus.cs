using MailIngest.Ledger;
using MailIngest.Mailboxes;

namespace MailIngest.Status;

/// <summary>How one mailbox is: what the status page, the status verb and the metrics say about it.</summary>
/// <param name="Mailbox">Its id.</param>
/// <param name="State">In one word.</param>
/// <param name="LastAttempt">When it was last polled; null: never.</param>
/// <param name="LastSuccess">When a poll last ended well.</param>
/// <param name="NextPoll">When the next one is due; null while one runs, and of a mailbox that is not polled.</param>
/// <param name="Failures">Polls that failed since the last that ended well.</param>
/// <param name="Unstored">What its last listing held that is not stored.</param>
/// <param name="LastError">Why the last poll failed, or what else a person should know; null when there is nothing.</param>
/// <param name="CertificateExpires">When the server's certificate expires, as seen last; null without TLS.</param>
public sealed record MailboxStatus(
    string Mailbox, MailboxState State, DateTimeOffset? LastAttempt, DateTimeOffset? LastSuccess, DateTimeOffset? NextPoll, int Failures,
    Unstored Unstored, string? LastError, DateTimeOffset? CertificateExpires)
{
    /// <summary>Puts together what the configuration and the ledger say.</summary>
    /// <param name="problem">What is wrong with its file while an older version of it is in force, or null.</param>
    /// <param name="nextPoll">When the next poll is due, as far as the schedule goes.</param>
    public static MailboxStatus Of(
        Mailbox mailbox, MailboxTraits traits, Unstored unstored, bool polling, string? problem, DateTimeOffset? nextPoll,
        DateTimeOffset now)
    {
        var suspended = traits.SuspendedUntil > now;
        var state = !mailbox.Enabled ? MailboxState.Disabled
            : suspended ? MailboxState.Suspended
            : traits.Failures > 0 ? MailboxState.Failing
            : problem is not null || unstored.Quarantined > 0 ? MailboxState.Attention
            : polling ? MailboxState.Polling
            : traits.LastAttempt is null ? MailboxState.New
            : MailboxState.Ok;
        var next = mailbox.Enabled && !polling ? Later(nextPoll, suspended ? traits.SuspendedUntil : null) : null;
        return new(mailbox.Id, state, traits.LastAttempt, traits.LastSuccess, next, traits.Failures ?? 0, unstored,
            problem ?? traits.LastError, traits.CertificateExpires);
    }

    /// <summary>A mailbox that is suspended for good has no next poll, whatever its schedule says.</summary>
    static DateTimeOffset? Later(DateTimeOffset? next, DateTimeOffset? suspendedUntil) =>
        suspendedUntil == DateTimeOffset.MaxValue ? null : suspendedUntil > next ? suspendedUntil : next;

    /// <summary>How long the oldest message that is not stored has been waiting since it was first seen; zero when there is none.</summary>
    public TimeSpan OldestUnstoredAge(DateTimeOffset now) => Unstored.OldestSeen is { } seen && seen < now ? now - seen : TimeSpan.Zero;
}
