using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>Notes that a message was not stored: in the tally, the report and the log, and where it counts against the message, in the ledger.
/// </summary>
sealed class FailedMessages(PollContext poll, SessionTally tally)
{
    /// <summary>It is the message's own fault, for all that is known: one more failure, and perhaps one too many.</summary>
    public async Task CountAsync(PlannedMessage planned, string error, long? receivedOctets, CancellationToken stop)
    {
        await poll.Ledger.FailedAsync(poll.Lease, planned.Key!, error, receivedOctets, poll.Mailbox.MaxAttempts, stop);
        if ((planned.Row?.Attempts ?? 0) + 1 >= poll.Mailbox.MaxAttempts)
            poll.Report.Quarantined();
        Note(planned, error);
    }

    /// <summary>It is not the message's fault.</summary>
    public void Note(PlannedMessage planned, string error)
    {
        tally.Settle(planned.Number, Outcome.Failed);
        poll.Report.Failed(planned.Listed, error);
        poll.Log.MessageFailed(poll.Mailbox.Id, planned.Number, HostileText.Escape(planned.Key!.UniqueId), error);
    }
}
