using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace MailIngest.Simulation.Ledger;

/// <summary>One worker's way to the ledger: each open, begin, statement and commit is an effect that can go wrong.</summary>
sealed class SimulatedLedger(World world, SimulatedWorker worker) : DbDataSource
{
    static readonly TimeSpan Standstill = TimeSpan.FromMinutes(5);

    public World World => world;

    public SimulatedWorker Worker => worker;

    public override string ConnectionString => "simulated";

    /// <summary>What SQLite says when a disk fails.</summary>
    public static SqliteException DiskError => new("SQLite Error 10: 'disk I/O error'.", 10);

    public static SqliteException Locked => new("SQLite Error 5: 'database is locked'.", 5);

    /// <summary>Lets an effect happen, or go wrong before it does; what is left for after it is returned.</summary>
    public async ValueTask<Strike> ReachAsync(EffectKind kind, string what)
    {
        world.Pump.Check("the ledger");
        if (worker.IsDead)
            await World.Never;
        var strike = world.Reach(worker, kind, what);
        if (strike is Strike.Kill)
            await World.Never;
        if (strike is Strike.Before or Strike.Half)
            throw DiskError;
        if (strike is Strike.Hang)
            await Task.Delay(Standstill, worker.Actor.Clock);
        return strike;
    }

    /// <summary>The effect has happened.</summary>
    public async ValueTask HappenedAsync(Strike strike)
    {
        if (strike is Strike.After)
            throw DiskError;
        if (strike is Strike.HangAfter)
            await Task.Delay(Standstill, worker.Actor.Clock);
    }

    protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var strike = await ReachAsync(EffectKind.LedgerOpen, "open");
        var connection = new SimulatedConnection(this, world.Disk);
        worker.Connections.Add(connection);
        if (strike is not Strike.None)
        {
            try
            {
                await HappenedAsync(strike);
            }
            catch
            {
                connection.Drop();
                throw;
            }
        }
        return connection;
    }
}

/// <summary>A connection of one worker. What it has not committed goes when it is dropped.</summary>
sealed class SimulatedConnection(SimulatedLedger ledger, LedgerDisk disk) : DbConnection
{
    LedgerSession? _session = disk.Rent();

    public SimulatedLedger Ledger => ledger;

    /// <summary>A statement has changed what is remembered of messages, and is not committed yet.</summary>
    public bool ChangesMessages { get; set; }

    public LedgerSession Session => _session ?? throw new InvalidOperationException("The connection is closed.");

    [System.Diagnostics.CodeAnalysis.AllowNull]
    public override string ConnectionString { get => "simulated"; set => throw new NotSupportedException(); }

    public override string Database => "main";

    public override string DataSource => "simulated";

    public override string ServerVersion => "simulated";

    public override ConnectionState State => _session is null ? ConnectionState.Closed : ConnectionState.Open;

    /// <summary>Closes it, as its own code does or the end of its process, which may have left anything open.</summary>
    public void Drop(bool died = false)
    {
        if (_session is not { } session)
            return;
        _session = null;
        if (died)
            session.Dispose();
        else
        {
            session.Rollback();
            disk.Return(session);
        }
        disk.Unlock(this);
        ledger.Worker.Connections.Remove(this);
    }

    public void Unlock() => disk.Unlock(this);

    public void Committed()
    {
        if (ChangesMessages)
            ledger.World.Truth.Recorded(disk.Rows(ledger.World.Mailbox.Id));
        ChangesMessages = false;
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Open() => throw new NotSupportedException();

    public override void Close() => Drop();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        var strike = await ledger.ReachAsync(EffectKind.LedgerBegin, "begin");
        if (!await disk.LockAsync(this, ledger.Worker.Actor.Clock))
            throw SimulatedLedger.Locked;
        if (ledger.Worker.IsDead)
            await World.Never;
        Session.Begin();
        var transaction = new SimulatedTransaction(this, isolationLevel);
        if (strike is not Strike.None)
        {
            try
            {
                await ledger.HappenedAsync(strike);
            }
            catch
            {
                await transaction.DisposeAsync();
                throw;
            }
        }
        return transaction;
    }

    protected override DbCommand CreateDbCommand() => new SimulatedStatement(this);

    protected override void Dispose(bool disposing)
    {
        if (!ledger.Worker.IsDead)
            Drop();
        base.Dispose(disposing);
    }
}
