using System.Data;
using System.Data.Common;

namespace MailIngest.Simulation.Ledger;

/// <summary>A transaction of one worker.</summary>
sealed class SimulatedTransaction(SimulatedConnection connection, IsolationLevel level) : DbTransaction
{
    public override IsolationLevel IsolationLevel => level;

    public override bool SupportsSavepoints => true;

    protected override DbConnection DbConnection => connection;

    public override void Commit() => throw new NotSupportedException();

    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        var strike = await connection.Ledger.ReachAsync(EffectKind.LedgerCommit, connection.ChangesMessages ? "commit of rows" : "commit");
        connection.Session.Commit();
        connection.Committed();
        connection.Unlock();
        await connection.Ledger.HappenedAsync(strike);
    }

    public override void Rollback() => throw new NotSupportedException();

    public override Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        Undo();
        return Task.CompletedTask;
    }

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default)
    {
        connection.Session.Save(savepointName);
        return Task.CompletedTask;
    }

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default)
    {
        connection.Session.Rollback(savepointName);
        return Task.CompletedTask;
    }

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default)
    {
        connection.Session.Release(savepointName);
        return Task.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        if (connection.State == ConnectionState.Open)
            Undo();
        base.Dispose(disposing);
    }

    void Undo()
    {
        connection.Session.Rollback();
        connection.ChangesMessages = false;
        connection.Unlock();
    }
}
