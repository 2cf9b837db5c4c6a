namespace MailIngest.Ledger;

/// <summary>A mailbox was taken over by another worker: nothing of this write is in the ledger, and no QUIT may follow.</summary>
public sealed class LeaseLostException(string mailbox, long epoch)
    : LedgerException($"{mailbox}: another worker has taken over this mailbox (our lease was number {epoch}): its next poll goes on from here.",
        isTransient: true)
{
    /// <summary>The mailbox that is no longer ours.</summary>
    public string Mailbox { get; } = mailbox;

    /// <summary>The lease that was lost.</summary>
    public long Epoch { get; } = epoch;
}
