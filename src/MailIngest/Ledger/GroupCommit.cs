using System.Data.Common;
using System.Threading.Channels;

namespace MailIngest.Ledger;

/// <summary>The ledger's one writer: runs all writes that wait as one transaction, commits once, then answers every caller.</summary>
/// <remarks>
/// A commit costs one fsync however many writes it holds, so the busier the ledger, the cheaper a write. A write that refuses
/// (any exception but the database's own) is undone alone; when the database fails, every write of the transaction has failed.
/// </remarks>
sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>So many writes share a transaction at most: it bounds how long the first waits for the last.</summary>
    public const int MaxWrites = 1024;

    const string OneWrite = "one_write";

    readonly Channel<IWaitingWrite> _waiting = Channel.CreateUnbounded<IWaitingWrite>(new() { SingleReader = true });
    readonly DbDataSource _database;
    readonly LedgerDialect _dialect;
    readonly Task _writing;
    LedgerConnection? _connection;
    long _commits;

    public GroupCommit(DbDataSource database, LedgerDialect dialect)
    {
        _database = database;
        _dialect = dialect;
        _writing = WriteAsync();
    }

    /// <summary>How many transactions were committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Queues a write; completes when it is durable. Cancelling withdraws a write that has not begun; one that has is awaited.</summary>
    /// <exception cref="LedgerException">The database failed: nothing is known to be written.</exception>
    public Task<T> RunAsync<T>(Func<LedgerConnection, Task<T>> write, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Task.FromCanceled<T>(stop);
        var waits = new WaitingWrite<T>(write, stop);
        ObjectDisposedException.ThrowIf(!_waiting.Writer.TryWrite(waits), this);
        return waits.Answer;
    }

    /// <summary>Writes what waits, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
        await CloseAsync();
    }

    async Task WriteAsync()
    {
        var batch = new List<IWaitingWrite>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxWrites && _waiting.Reader.TryRead(out var write))
            {
                if (write.TryBegin())
                    batch.Add(write);
            }
            if (batch.Count > 0)
                await WriteAsync(batch);
            batch.Clear();
        }
    }

    async Task WriteAsync(List<IWaitingWrite> batch)
    {
        try
        {
            await CommitAsync(batch);
        }
        catch (Exception failure)
        {
            // Whatever it was, the callers get it, and the writer goes on to the next batch.
            foreach (var write in batch)
                write.Fail(failure is DbException database ? _dialect.Explain(database) : failure);
            return;
        }
        foreach (var write in batch)
            write.Succeed();
    }

    async Task CommitAsync(List<IWaitingWrite> batch)
    {
        if (_connection is { IsOpen: false })
            await CloseAsync();
        _connection ??= new LedgerConnection(await _database.OpenConnectionAsync());

        // Hardly a write ever refuses, and a savepoint for each is half of all statements. So they run without; where one refuses, nothing
        // of that try counts, and they run again with savepoints.
        if (!await TryCommitAsync(batch, _connection, eachAlone: false))
            await TryCommitAsync(batch, _connection, eachAlone: true);
    }

    /// <summary>Runs all as one transaction.</summary>
    /// <param name="eachAlone">One that refuses is undone alone.</param>
    /// <returns>False: one has refused, and all are undone.</returns>
    async Task<bool> TryCommitAsync(List<IWaitingWrite> batch, LedgerConnection connection, bool eachAlone)
    {
        var transaction = await connection.BeginAsync();
        var all = true;
        try
        {
            foreach (var write in batch)
            {
                if (eachAlone)
                    await transaction.SaveAsync(OneWrite);
                all = await write.TryRunAsync(connection) || eachAlone;
                if (!all)
                    break;
                if (eachAlone)
                    await KeepOrUndoAsync(transaction, connection, write);
            }
            if (all)
            {
                await transaction.CommitAsync();
                Interlocked.Increment(ref _commits);
            }
            else
                await transaction.RollbackAsync();
        }
        catch
        {
            await AbandonAsync(transaction);
            throw;
        }
        await transaction.DisposeAsync();
        return all;
    }

    /// <summary>Keeps or undoes what one write has done.</summary>
    static async Task KeepOrUndoAsync(DbTransaction transaction, LedgerConnection connection, IWaitingWrite write)
    {
        if (write.HasRefused)
        {
            await transaction.RollbackAsync(OneWrite);
            connection.Fenced.Clear();
        }
        await transaction.ReleaseAsync(OneWrite);
    }

    /// <summary>Undoes a transaction that failed; where even that fails, the next one gets a new connection.</summary>
    async Task AbandonAsync(DbTransaction transaction)
    {
        try
        {
            await transaction.DisposeAsync();
        }
        catch (DbException)
        {
            // The first failure is the one to tell. Closing the connection undoes whatever is left of the transaction.
            await CloseAsync();
        }
    }

    async Task CloseAsync()
    {
        if (_connection is { } closing)
        {
            _connection = null;
            await closing.DisposeAsync();
        }
    }
}
