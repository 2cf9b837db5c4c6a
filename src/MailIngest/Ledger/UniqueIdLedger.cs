using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>Remembers each message of each mailbox: seen, stored, deleting, gone.</summary>
/// <remarks>
/// A write completes when it is durable, and shares its commit with the writes that wait beside it. Every write about a mailbox
/// carries that mailbox's lease and writes nothing when the lease is no longer valid. Safe to use from many threads.
/// <para>Each member that reads or writes throws <see cref="LedgerException"/> when the database fails; nothing is then known to be
/// written, and the same call may be made again.</para>
/// </remarks>
public sealed class UniqueIdLedger : IAsyncDisposable
{
    const int MaxErrorChars = 1000;

    readonly DbDataSource _database;
    readonly LedgerDialect _dialect;
    readonly TimeProvider _clock;
    readonly GroupCommit _writer;
    readonly LedgerReaders _readers;

    UniqueIdLedger(DbDataSource database, LedgerDialect dialect, TimeProvider clock)
    {
        _database = database;
        _dialect = dialect;
        _clock = clock;
        _writer = new GroupCommit(database, dialect);
        _readers = new LedgerReaders(database);
    }

    /// <summary>How many transactions were committed since the ledger was opened.</summary>
    internal long Commits => _writer.Commits;

    /// <summary>Opens the ledger in a SQLite file, creating it and its folders (mode 0700) when there is none.</summary>
    /// <exception cref="LedgerException">It cannot be written, is damaged, newer than this program, or on a network file
    /// system.</exception>
    public static Task<UniqueIdLedger> OpenAsync(string sqlitePath, TimeProvider clock, CancellationToken stop) =>
        OpenAsync(SqliteLedgerFile.Open(sqlitePath), clock, stop);

    internal static Task<UniqueIdLedger> OpenAsync(SqliteLedgerFile file, TimeProvider clock, CancellationToken stop) =>
        OpenAsync(file, file.Dialect, clock, stop);

    /// <summary>Opens the ledger in any database that speaks the dialect. The ledger disposes the data source.</summary>
    internal static async Task<UniqueIdLedger> OpenAsync(
        DbDataSource database, LedgerDialect dialect, TimeProvider clock, CancellationToken stop)
    {
        var ledger = new UniqueIdLedger(database, dialect, clock);
        try
        {
            await ledger._writer.RunAsync(async connection =>
            {
                await LedgerSchema.PrepareAsync(connection, dialect, clock.GetUtcNow());
                return true;
            }, stop);
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Takes a mailbox that is free, whose lease has expired, or that this owner holds already (the older lease is then lost).
    /// </summary>
    /// <param name="mailbox">The mailbox id.</param>
    /// <param name="owner">One worker process; no other may use the same name.</param>
    /// <param name="ttl">How long it is held unless renewed. A lease that has expired stays valid until somebody else takes it.</param>
    /// <param name="hasDied">Whether the owner of a lease is known to be no more: its lease need not run out.</param>
    /// <param name="stop">Gives up while waiting.</param>
    /// <returns>Null when somebody else holds the mailbox.</returns>
    public async Task<MailboxLease?> TakeLeaseAsync(
        string mailbox, string owner, TimeSpan ttl, Func<string, bool> hasDied, CancellationToken stop)
    {
        var epoch = await _writer.RunAsync(ledger => LeaseTable.TakeAsync(ledger, mailbox, owner, hasDied, _clock.GetUtcNow(), ttl), stop);
        return epoch is null ? null : new MailboxLease(this, mailbox, owner, epoch.Value, ttl);
    }

    /// <summary>Every row of a mailbox, gone ones too; those of one unique-id follow each other, oldest generation first.</summary>
    public Task<IReadOnlyList<LedgerRow>> ReadAsync(string mailbox, CancellationToken stop) =>
        ReadAsync(ledger => MessageTable.ReadAsync(ledger, mailbox, stop), stop);

    /// <summary>Every row under these unique-ids, each named once, gone ones too.</summary>
    public Task<IReadOnlyList<LedgerRow>> ReadAsync(string mailbox, IReadOnlyCollection<string> uniqueIds, CancellationToken stop) =>
        uniqueIds.Count == 0 ? Task.FromResult<IReadOnlyList<LedgerRow>>([])
            : ReadAsync(ledger => MessageTable.ReadAsync(ledger, mailbox, uniqueIds, stop), stop);

    /// <summary>Every row under the unique-ids of messages that left the server without a DELE of ours.</summary>
    public Task<IReadOnlyList<LedgerRow>> ReadVanishedAsync(string mailbox, CancellationToken stop) =>
        ReadAsync(ledger => MessageTable.ReadVanishedAsync(ledger, mailbox, stop), stop);

    /// <summary>Tells of each row of a message that should be on the server, or whose last DELE is not confirmed. What is gone for good
    /// costs nothing, and what stays is not held in memory here.</summary>
    /// <param name="mailbox">The mailbox id.</param>
    /// <param name="removableUntil">A stored message that was first seen then or before may be removed: it is not settled.</param>
    /// <param name="tell">Those that should be there come by ascending unique-id, in the order of what the database holds of it.</param>
    /// <param name="stop">Gives up.</param>
    public Task ReadPresentAsync(string mailbox, DateTimeOffset removableUntil, Action<PresentRow> tell, CancellationToken stop) =>
        ReadAsync(async ledger =>
        {
            await MessageTable.ReadPresentAsync(ledger, mailbox, removableUntil, tell, stop);
            return true;
        }, stop);

    /// <summary>Adds a row for each message that has none, all or nothing. Of rows that are there it only corrects the octets listed, and
    /// only while the message is not stored.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task SightAsync(MailboxLease lease, IReadOnlyList<Sighting> sightings, CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
        {
            var now = _clock.GetUtcNow();
            foreach (var seen in sightings)
                await MessageTable.SightAsync(ledger, lease.Mailbox, seen, now);
        }, stop);

    /// <summary>Records a durable copy, the first or one that replaces a lost one. Forgets earlier failures. A row that is deleting or gone
    /// stays so.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task StoredAsync(MailboxLease lease, RowKey row, StoredMessage stored, CancellationToken stop) =>
        ChangeAsync(lease, row, ledger => MessageTable.StoreAsync(ledger, lease.Mailbox, row, stored), stop);

    /// <summary>Counts a failure, and quarantines the message at the last one allowed.</summary>
    /// <param name="lease">The mailbox.</param>
    /// <param name="row">The message.</param>
    /// <param name="error">What happened; cut to 1,000 chars.</param>
    /// <param name="receivedOctets">How long the message was, when it was received whole; null keeps what is known.</param>
    /// <param name="maxAttempts">So many failures are one too many.</param>
    /// <param name="stop">Gives up while waiting.</param>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task FailedAsync(MailboxLease lease, RowKey row, string error, long? receivedOctets, int maxAttempts, CancellationToken stop) =>
        ChangeAsync(lease, row,
            ledger => MessageTable.FailAsync(ledger, lease.Mailbox, row, Bounded(error)!, receivedOctets, maxAttempts), stop);

    /// <summary>What was stored may be the bytes of other messages (<see cref="LedgerRow.IsInDoubt"/>).</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task DoubtAsync(MailboxLease lease, IReadOnlyList<RowKey> rows, string why, CancellationToken stop) =>
        EachAsync(lease, rows, (ledger, row, _) => MessageTable.FailAsync(ledger, lease.Mailbox, row, Bounded(why)!, null, int.MaxValue),
            stop);

    /// <summary>Leaves the message alone from now on, until a person releases it.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task QuarantineAsync(MailboxLease lease, RowKey row, string reason, CancellationToken stop) =>
        ChangeAsync(lease, row, ledger => MessageTable.QuarantineAsync(ledger, lease.Mailbox, row, Bounded(reason)!), stop);

    /// <summary>Ends a quarantine and forgets the failures. A person's word: it needs no lease.</summary>
    /// <returns>False when the ledger has no such row.</returns>
    public Task<bool> ReleaseAsync(string mailbox, RowKey row, CancellationToken stop) =>
        _writer.RunAsync(ledger => MessageTable.ReleaseAsync(ledger, mailbox, row), stop);

    /// <summary>The blob name with the present ordinal is taken by other content: the next one.</summary>
    /// <returns>The new ordinal.</returns>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task<int> NextOrdinalAsync(MailboxLease lease, RowKey row, CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
            (int)(await MessageTable.NextOrdinalAsync(ledger, lease.Mailbox, row) ?? throw NoSuchRow(lease.Mailbox, row)), stop);

    /// <summary>DELEs are about to be sent: durable for all of these messages, or for none. Counts a round for each, however often it is
    /// named. A row that is gone stays gone.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    /// <exception cref="LedgerException">Also when one of them has no durable copy: it must not be deleted.</exception>
    public Task DeletingAsync(MailboxLease lease, IReadOnlyList<RowKey> rows, CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
        {
            var now = _clock.GetUtcNow();
            foreach (var row in rows.Distinct())
            {
                if (!await MessageTable.DeleteAsync(ledger, lease.Mailbox, row, now))
                    throw new LedgerException(
                        $"{lease.Mailbox}: {Shown(row)} has no durable copy in the {_dialect.Place}: it must not be deleted.");
            }
        }, stop);

    /// <summary>DELE was answered, whatever it was, and QUIT with <c>+OK</c>: one more round that was not lost on the way.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task AskedAsync(MailboxLease lease, IReadOnlyList<RowKey> rows, CancellationToken stop) =>
        EachAsync(lease, rows, (ledger, row, _) => MessageTable.AskedAsync(ledger, lease.Mailbox, row), stop);

    /// <summary>A complete listing no longer held these messages, whatever their state was.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task GoneAsync(MailboxLease lease, IReadOnlyList<RowKey> rows, CancellationToken stop) =>
        EachAsync(lease, rows, (ledger, row, now) => MessageTable.VanishAsync(ledger, lease.Mailbox, row, now), stop);

    /// <summary>
    /// A complete listing held none of the messages that it should: the server has renamed them, and no DELE of ours has removed any.
    /// </summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task RenamedAsync(MailboxLease lease, IReadOnlyList<RowKey> rows, CancellationToken stop) =>
        EachAsync(lease, rows, (ledger, row, now) => MessageTable.RenameAsync(ledger, lease.Mailbox, row, now), stop);

    Task EachAsync(
        MailboxLease lease, IReadOnlyList<RowKey> rows, Func<LedgerConnection, RowKey, DateTimeOffset, Task<bool>> change,
        CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
        {
            var now = _clock.GetUtcNow();
            foreach (var row in rows.Distinct())
            {
                if (!await change(ledger, row, now))
                    throw NoSuchRow(lease.Mailbox, row);
            }
        }, stop);

    /// <summary>Removes the rows, of all mailboxes, that have been gone for longer than that and were not deleted again since.</summary>
    /// <returns>How many.</returns>
    public Task<int> ForgetGoneAsync(TimeSpan olderThan, CancellationToken stop) =>
        _writer.RunAsync(ledger => MessageTable.ForgetGoneAsync(ledger, _clock.GetUtcNow() - olderThan), stop);

    /// <summary>These messages are stored elsewhere, by a person's word: all or none of them is left alone from now on
    /// (<see cref="LedgerRow.Seeded"/>). A row that has, or had, a durable copy stays as it is.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task SeedAsync(MailboxLease lease, IReadOnlyList<Sighting> sightings, CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
        {
            var now = _clock.GetUtcNow();
            foreach (var seen in sightings)
                await MessageTable.SeedAsync(ledger, lease.Mailbox, seen, now);
        }, stop);

    /// <summary>Takes back what <see cref="SeedAsync"/> did: the messages are new again.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task<int> UnseedAsync(MailboxLease lease, CancellationToken stop) =>
        WriteAsync(lease, ledger => MessageTable.UnseedAsync(ledger, lease.Mailbox), stop);

    /// <summary>Removes every row of the mailbox, all or nothing. Its lease is kept, so that its epoch only rises.</summary>
    /// <param name="lease">The mailbox.</param>
    /// <param name="traitsToo">Also what was learned about its server: when it may be signed in to again, and what it refused.</param>
    /// <param name="stop">Gives up while waiting.</param>
    /// <returns>How many messages were forgotten.</returns>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was removed.</exception>
    public Task<int> ForgetMailboxAsync(MailboxLease lease, bool traitsToo, CancellationToken stop) =>
        WriteAsync(lease, async ledger =>
        {
            if (traitsToo)
                await TraitsTable.ForgetAsync(ledger, lease.Mailbox);
            return await MessageTable.ForgetMailboxAsync(ledger, lease.Mailbox);
        }, stop);

    /// <summary>Who holds which mailbox now, by mailbox; free ones are not there.</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadHoldersAsync(CancellationToken stop) =>
        ReadAsync(ledger => LeaseTable.ReadHoldersAsync(ledger, _clock.GetUtcNow(), stop), stop);

    /// <summary>What was learned about a mailbox; all null when nothing was.</summary>
    public Task<MailboxTraits> ReadTraitsAsync(string mailbox, CancellationToken stop) =>
        ReadAsync(ledger => TraitsTable.ReadAsync(ledger, mailbox, stop), stop);

    /// <summary>What was learned, by mailbox; also of mailboxes that are configured no more.</summary>
    public Task<IReadOnlyDictionary<string, MailboxTraits>> ReadAllTraitsAsync(CancellationToken stop) =>
        ReadAsync(ledger => TraitsTable.ReadAllAsync(ledger, stop), stop);

    /// <summary>What is listed and not stored, by mailbox; mailboxes that have nothing of it are not there.</summary>
    public Task<IReadOnlyDictionary<string, Unstored>> ReadUnstoredAsync(CancellationToken stop) =>
        ReadAsync(ledger => MessageTable.ReadUnstoredAsync(ledger, stop), stop);

    /// <summary>Replaces what was learned about the mailbox.</summary>
    /// <exception cref="LeaseLostException">The mailbox is no longer ours; nothing was written.</exception>
    public Task SaveTraitsAsync(MailboxLease lease, MailboxTraits traits, CancellationToken stop) =>
        WriteAsync(lease, ledger => TraitsTable.SaveAsync(ledger, lease.Mailbox, traits with { LastError = Bounded(traits.LastError) }),
            stop);

    /// <summary>Writes what waits, then closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
    }

    internal Task RenewAsync(MailboxLease lease, TimeSpan ttl, CancellationToken stop) =>
        _writer.RunAsync(async ledger => await LeaseTable.RenewAsync(ledger, lease, _clock.GetUtcNow() + ttl)
            ? true
            : throw new LeaseLostException(lease.Mailbox, lease.Epoch), stop);

    internal Task GiveBackAsync(MailboxLease lease) =>
        _writer.RunAsync(ledger => LeaseTable.GiveBackAsync(ledger, lease), CancellationToken.None);

    Task<T> WriteAsync<T>(MailboxLease lease, Func<LedgerConnection, Task<T>> write, CancellationToken stop) =>
        _writer.RunAsync(async ledger =>
        {
            await LeaseTable.FenceAsync(ledger, lease);
            return await write(ledger);
        }, stop);

    async Task WriteAsync(MailboxLease lease, Func<LedgerConnection, Task> write, CancellationToken stop) =>
        await WriteAsync(lease, async ledger =>
        {
            await write(ledger);
            return true;
        }, stop);

    Task ChangeAsync(MailboxLease lease, RowKey row, Func<LedgerConnection, Task<bool>> change, CancellationToken stop) =>
        WriteAsync(lease, async Task (ledger) =>
        {
            if (!await change(ledger))
                throw NoSuchRow(lease.Mailbox, row);
        }, stop);

    async Task<T> ReadAsync<T>(Func<LedgerConnection, Task<T>> read, CancellationToken stop)
    {
        try
        {
            return await _readers.RunAsync(read, stop);
        }
        catch (DbException failure)
        {
            throw _dialect.Explain(failure);
        }
        catch (FormatException failure)
        {
            throw new LedgerException(
                $"The {_dialect.Place} holds a row that no MailIngest wrote ({failure.Message}): restore it from a backup.",
                failure, isCorrupt: true);
        }
    }

    LedgerException NoSuchRow(string mailbox, RowKey row) =>
        new($"{mailbox}: {Shown(row)} is not in the {_dialect.Place}: it was never sighted.");

    static string Shown(RowKey row) => $"unique-id {PrintableUniqueId.Encode(row.UniqueId)} generation {row.Generation}";

    // What a server said may be part of it. NUL is the one char that not every database can hold.
    static string? Bounded(string? error) => error?[..Math.Min(error.Length, MaxErrorChars)].Replace('\0', '\u2400');
}
