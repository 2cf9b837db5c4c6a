namespace MailIngest.Ledger;

/// <summary>The right to write about one mailbox, until somebody else takes it. Disposing it gives it back.</summary>
public sealed class MailboxLease : IAsyncDisposable
{
    readonly UniqueIdLedger _ledger;
    readonly TimeSpan _ttl;
    bool _released;

    internal MailboxLease(UniqueIdLedger ledger, string mailbox, string owner, long epoch, TimeSpan ttl)
    {
        _ledger = ledger;
        _ttl = ttl;
        Mailbox = mailbox;
        Owner = owner;
        Epoch = epoch;
    }

    /// <summary>The mailbox id.</summary>
    public string Mailbox { get; }

    /// <summary>Who holds it.</summary>
    public string Owner { get; }

    /// <summary>Rises with every take of this mailbox. A write with an older epoch is refused.</summary>
    public long Epoch { get; }

    /// <summary>Keeps the mailbox for another time to live from now on.</summary>
    /// <exception cref="LeaseLostException">Somebody else has taken the mailbox.</exception>
    /// <exception cref="LedgerException">The ledger could not be written.</exception>
    public Task RenewAsync(CancellationToken stop) => _ledger.RenewAsync(this, _ttl, stop);

    /// <summary>Gives the mailbox back; the next take succeeds at once. A lease already lost is left alone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_released)
            return;
        _released = true;
        try
        {
            await _ledger.GiveBackAsync(this);
        }
        catch (LedgerException)
        {
            // It expires by itself; throwing here would take the place of the failure that ended the poll.
        }
    }
}
