using static MailIngest.Ledger.Parameter;

namespace MailIngest.Ledger;

/// <summary>The table of leases: who may write about a mailbox. A row is never removed, so that its epoch only rises.</summary>
static class LeaseTable
{
    const string Take = """
        insert into mailbox_lease (mailbox, owner, epoch, expires) values (@mailbox, @owner, 1, @expires)
        on conflict (mailbox) do update set owner = excluded.owner, epoch = mailbox_lease.epoch + 1, expires = excluded.expires
        where mailbox_lease.owner is null or mailbox_lease.expires <= @now or mailbox_lease.expires > @absurd
            or mailbox_lease.owner = excluded.owner or mailbox_lease.owner = @dead
        returning epoch
        """;

    /// <summary>Nobody takes a lease for that long: a clock that was ahead has set it. It must not silence the mailbox for years, and if
    /// its holder lives after all, the fence keeps it from writing.</summary>
    static readonly TimeSpan Absurd = TimeSpan.FromHours(1);

    const string Held = "mailbox = @mailbox and epoch = @epoch and owner is not null";

    const string Owner = "select owner from mailbox_lease where mailbox = @mailbox";

    const string Holders = "select mailbox, owner from mailbox_lease where owner is not null and expires > @now";

    const string Renew = $"update mailbox_lease set expires = @expires where {Held}";

    const string GiveBack = $"update mailbox_lease set owner = null, expires = 0 where {Held}";

    // A write, not a select: on every database it holds the row until the commit, so nobody takes the mailbox in between.
    const string Fence = $"update mailbox_lease set epoch = epoch where {Held}";

    /// <summary>
    /// Takes a mailbox that is free, expired, the owner's own or a dead owner's; its new epoch, or null when somebody else holds it.
    /// </summary>
    public static async Task<long?> TakeAsync(
        LedgerConnection ledger, string mailbox, string owner, Func<string, bool> hasDied, DateTimeOffset now, TimeSpan ttl)
    {
        ledger.Fenced.Clear();
        var holder = await ledger.TextAsync(Owner, Text("mailbox", mailbox));
        var dead = holder is not null && hasDied(holder) ? holder : owner;
        return await ledger.NumberAsync(Take,
            Text("mailbox", mailbox), Text("owner", owner), Text("dead", dead), Time("now", now),
            Time("absurd", now + (ttl > Absurd ? ttl : Absurd)), Time("expires", now + ttl));
    }

    /// <summary>Who holds which mailbox now.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadHoldersAsync(
        LedgerConnection ledger, DateTimeOffset now, CancellationToken stop)
    {
        var holders = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var row = await ledger.ReadAsync(Holders, stop, Time("now", now));
        while (await row.ReadAsync(stop))
            holders.Add(row.GetString(0), row.GetString(1));
        return holders;
    }

    public static async Task<bool> RenewAsync(LedgerConnection ledger, MailboxLease lease, DateTimeOffset expires) =>
        await ledger.ExecuteAsync(Renew, Text("mailbox", lease.Mailbox), Number("epoch", lease.Epoch), Time("expires", expires)) == 1;

    public static async Task<bool> GiveBackAsync(LedgerConnection ledger, MailboxLease lease)
    {
        ledger.Fenced.Clear();
        return await ledger.ExecuteAsync(GiveBack, Text("mailbox", lease.Mailbox), Number("epoch", lease.Epoch)) == 1;
    }

    /// <summary>Refuses the write of which it is the first statement when the lease is no longer the mailbox's. Asked of the database once in
    /// a transaction.</summary>
    /// <exception cref="LeaseLostException">Somebody else took the mailbox, or the lease was given back.</exception>
    public static async Task FenceAsync(LedgerConnection ledger, MailboxLease lease)
    {
        if (ledger.Fenced.Contains(lease))
            return;
        if (await ledger.ExecuteAsync(Fence, Text("mailbox", lease.Mailbox), Number("epoch", lease.Epoch)) != 1)
            throw new LeaseLostException(lease.Mailbox, lease.Epoch);
        ledger.Fenced.Add(lease);
    }
}
