using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>
/// What is known about a mailbox while its poll runs: read once under the lease, changed as the server speaks, kept in the ledger.
/// </summary>
sealed class Learned(UniqueIdLedger ledger, MailboxLease lease, MailboxTraits traits)
{
    /// <summary>As it is now; not all of it may be in the ledger yet.</summary>
    public MailboxTraits Traits { get; private set; } = traits;

    public static async Task<Learned> ReadAsync(UniqueIdLedger ledger, MailboxLease lease, CancellationToken stop) =>
        new(ledger, lease, await ledger.ReadTraitsAsync(lease.Mailbox, stop));

    /// <summary>Durable with the next <see cref="SaveAsync"/>: what a crash may forget.</summary>
    public void Note(MailboxTraits now) => Traits = now;

    /// <summary>Durable when this returns. A poll that is being stopped does not stop this: it is one write.</summary>
    /// <exception cref="LedgerException">Nothing was written.</exception>
    public async Task SaveAsync(MailboxTraits now)
    {
        Traits = now;
        await ledger.SaveTraitsAsync(lease, now, CancellationToken.None);
    }
}
