using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>What every phase of one poll works with.</summary>
sealed record PollContext(
    Mailbox Mailbox, MailboxLease Lease, Learned Learned, IBlobStore Blobs, UniqueIdLedger Ledger, MemoryBudget Memory, TimeProvider Clock,
    ILogger Log, PollReport Report)
{
    /// <summary>Whether a stored message that was first seen then may leave the server now.</summary>
    public bool MayRemove(DateTimeOffset firstSeen) => PollPlan.MayRemove(Mailbox, firstSeen, Clock.GetUtcNow());
}
