using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>Rows on their way into the ledger, each saying that a message is stored: those that come while one write is under way share the
/// next one, which looks at the lease once for all of them.</summary>
sealed class StoredRows(UniqueIdLedger ledger, MailboxLease lease)
{
    readonly Lock _gate = new();
    List<(RowKey Row, StoredMessage Stored)> _waiting = [];
    Task _underWay = Task.CompletedTask;
    Task? _next;

    /// <summary>Completes when the row is durable.</summary>
    /// <exception cref="LedgerException">It is not, and neither is any that shared its write.</exception>
    public Task AddAsync(RowKey row, StoredMessage stored, CancellationToken stop)
    {
        lock (_gate)
        {
            _waiting.Add((row, stored));
            return _next ??= WriteNextAsync(_underWay, stop);
        }
    }

    async Task WriteNextAsync(Task before, CancellationToken stop)
    {
        // Not here and now: those that are stored together come one right after the other.
        await Task.Yield();
        // Whoever waits for that one is told how it ended.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        IReadOnlyList<(RowKey, StoredMessage)> rows;
        lock (_gate)
        {
            (rows, _waiting) = (_waiting, []);
            (_underWay, _next) = (_next!, null);
        }
        await ledger.StoredAsync(lease, rows, stop);
    }
}
