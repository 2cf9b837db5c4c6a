using System.Data.Common;
using MailIngest.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Ledger;

/// <summary>What a ledger promises, whatever database is under it. A database plugs in with <see cref="OpenAsync"/>.</summary>
public abstract partial class UniqueIdLedgerContract : IAsyncLifetime
{
    protected const string Box = "sales";
    protected static readonly TimeSpan Ttl = TimeSpan.FromMinutes(5);
    protected static readonly RowKey First = new("uid-1", 0);

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));

    protected UniqueIdLedger Ledger { get; set; } = null!;

    protected DateTimeOffset Now => Clock.GetUtcNow();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Opens the ledger of this test, the same each time.</summary>
    protected abstract Task<UniqueIdLedger> OpenAsync();

    /// <summary>A connection of somebody else to the same database.</summary>
    protected abstract DbConnection Connect();

    public virtual async ValueTask InitializeAsync() => Ledger = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<MailboxLease> LeaseAsync(string mailbox = Box, string owner = "worker-1") =>
        await Ledger.TakeLeaseAsync(mailbox, owner, Ttl, _ => false, Stop) ?? throw new InvalidOperationException($"{mailbox} is held by somebody else.");

    /// <summary>A lease, and a row seen under it.</summary>
    protected async Task<MailboxLease> SeenAsync(params RowKey[] rows)
    {
        var lease = await LeaseAsync();
        await Ledger.SightAsync(lease, [.. rows.Select(row => new Sighting(row.UniqueId, row.Generation, 1000))], Stop);
        return lease;
    }

    protected async Task<LedgerRow> RowAsync(RowKey key) => Assert.Single(await Ledger.ReadAsync(Box, Stop), row => row.Key == key);

    protected StoredMessage Copy(string name = "sales/2026/11/23/0123.eml", long octets = 1002) =>
        new(name, octets, new string('a', 64), new string('b', 64), Now);

    /// <summary>Keeps every other writer waiting until it is disposed.</summary>
    protected async Task<IAsyncDisposable> HoldWritersAsync()
    {
        var connection = Connect();
        await connection.OpenAsync(Stop);
        var transaction = await connection.BeginTransactionAsync(Stop);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "update mailbox_lease set epoch = epoch";
        await command.ExecuteNonQueryAsync(Stop);
        return new Held(connection);
    }

    sealed class Held(DbConnection connection) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => connection.DisposeAsync(); // an open transaction is rolled back
    }
}
