using MailIngest.Ledger;
using MailIngest.Mailboxes;

namespace MailIngest.Polling;

/// <summary>A mailbox in force, what its last poll left behind, and when it is polled next.</summary>
sealed class PlannedMailbox(Mailbox mailbox, MailboxTraits traits)
{
    int _failures;

    /// <summary>As its file is now.</summary>
    public Mailbox Mailbox { get; set; } = mailbox;

    /// <summary>What the ledger knows of it, as far as we know.</summary>
    public MailboxTraits Traits { get; private set; } = traits;

    public DateTimeOffset Due { get; set; }

    /// <summary>The scheduler knows when it is due.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>
    /// Since when heartbeats have seen it overdue: a time stamp, because what the clock says has perhaps just changed. Null: it is not.
    /// </summary>
    public long? MissedSince { get; set; }

    /// <summary>A poll has ended.</summary>
    /// <param name="left">What the ledger knows now; null when it does not tell.</param>
    /// <remarks>Failures are counted here too, so that a ledger that cannot be written does not make every failure the first one.</remarks>
    public void Learn(PollReport report, MailboxTraits? left)
    {
        Traits = left ?? Traits;
        if (report.HeldElsewhere || report.Postponed is not null || report.Failure?.Result == PollResult.Interrupted)
            return;
        _failures = report.Failure is null ? 0 : Math.Max(Traits.Failures ?? 0, _failures + 1);
        if (report.Failure is not null)
            Traits = Traits with { Failures = _failures };
    }
}
