using System.Data.Common;
using MailIngest.Ledger;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The SQLite ledger on connections whose commits can be made to fail.</summary>
sealed class FaultyLedger : DbDataSource
{
    readonly SqliteLedgerFile _file;
    int _commits;
    int _failing;
    Action? _fault;

    FaultyLedger(SqliteLedgerFile file) => _file = file;

    public UniqueIdLedger Ledger { get; private set; } = null!;

    /// <summary>Nothing is written any more.</summary>
    public volatile bool IsDead;

    public override string ConnectionString => _file.ConnectionString;

    public static async Task<FaultyLedger> OpenAsync(string path, TimeProvider clock)
    {
        var source = new FaultyLedger(SqliteLedgerFile.Open(path));
        source.Ledger = await UniqueIdLedger.OpenAsync(source, source._file.Dialect, clock, CancellationToken.None);
        return source;
    }

    /// <summary>The n-th commit from now on fails, once; so does everything after it if <paramref name="and"/> kills the process.</summary>
    public void FailAt(int commit, Action? and = null) => (_commits, _failing, _fault) = (0, commit, and);

    /// <summary>The ledger's work goes on, or its disposal: the ledger disposes the data source and comes back here.</summary>
    protected override async ValueTask DisposeAsyncCore()
    {
        if (Ledger is { } ledger)
        {
            Ledger = null!;
            await ledger.DisposeAsync();
        }
        await base.DisposeAsyncCore();
    }

    protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        var connection = (SqliteConnection)_file.OpenConnection();
        raw.sqlite3_commit_hook(connection.Handle, _ => Refuses() ? 1 : 0, null);
        return new(connection);
    }

    bool Refuses()
    {
        if (IsDead)
            return true;
        if (++_commits != _failing)
            return false;
        _fault?.Invoke();
        return true;
    }
}
