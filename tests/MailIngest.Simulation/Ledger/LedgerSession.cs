using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace MailIngest.Simulation.Ledger;

/// <summary>A real connection with its compiled statements, used by one simulated connection after the other: opening and compiling cost
/// more than everything else about a simulated ledger.</summary>
sealed class LedgerSession(SqliteConnection connection) : IDisposable
{
    readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);
    SqliteTransaction? _transaction;

    public void Begin() => _transaction = connection.BeginTransaction();

    public void Commit()
    {
        _transaction!.Commit();
        End();
    }

    /// <summary>Undoes what was not committed; nothing to undo is fine.</summary>
    public void Rollback()
    {
        if (_transaction is not null)
            End();
    }

    public void Save(string name) => _transaction!.Save(name);

    public void Release(string name) => _transaction!.Release(name);

    public void Rollback(string name) => _transaction!.Rollback(name);

    /// <summary>The statement with these values, ready to run.</summary>
    public SqliteCommand Bind(string sql, DbParameterCollection values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = connection.CreateCommand();
#pragma warning disable CA2100 // the ledger's own statements
            statement.CommandText = sql;
#pragma warning restore CA2100
            foreach (DbParameter value in values)
                statement.Parameters.Add(new SqliteParameter { ParameterName = value.ParameterName, DbType = value.DbType });
            _statements[sql] = statement;
        }
        for (var i = 0; i < values.Count; i++)
            statement.Parameters[i].Value = values[i].Value;
        statement.Transaction = _transaction;
        return statement;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _transaction?.Dispose();
        connection.Dispose();
    }

    void End()
    {
        _transaction!.Dispose();
        _transaction = null;
    }
}
