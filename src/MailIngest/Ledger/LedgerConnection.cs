using System.Data;
using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>A connection that compiles each statement once and keeps it.</summary>
sealed class LedgerConnection(DbConnection connection) : IAsyncDisposable
{
    readonly Dictionary<string, DbCommand> _statements = [];
    DbTransaction? _transaction;

    /// <summary>The leases that the open transaction found valid: they stay so until its end, unless it changes leases itself.</summary>
    public HashSet<MailboxLease> Fenced { get; } = [];

    public bool IsOpen => connection.State == ConnectionState.Open;

    public async Task<DbTransaction> BeginAsync()
    {
        Fenced.Clear();
        return _transaction = await connection.BeginTransactionAsync();
    }

    /// <summary>Runs a statement; how many rows it changed.</summary>
    public Task<int> ExecuteAsync(string sql, params ReadOnlySpan<Parameter> parameters) => Bind(sql, parameters).ExecuteNonQueryAsync();

    /// <summary>Runs a statement; the number in the first column of its first row, null without a row.</summary>
    public async Task<long?> NumberAsync(string sql, params Parameter[] parameters) =>
        await Bind(sql, parameters).ExecuteScalarAsync() is { } value and not DBNull
            ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    public async Task<string?> TextAsync(string sql, params Parameter[] parameters) =>
        await Bind(sql, parameters).ExecuteScalarAsync() as string;

    public Task<DbDataReader> ReadAsync(string sql, CancellationToken stop, params ReadOnlySpan<Parameter> parameters) =>
        Bind(sql, parameters).ExecuteReaderAsync(stop);

    public async ValueTask DisposeAsync()
    {
        foreach (var statement in _statements.Values)
            await statement.DisposeAsync();
        await connection.DisposeAsync();
    }

    DbCommand Bind(string sql, ReadOnlySpan<Parameter> parameters)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = Declare(sql, parameters);
        statement.Transaction = _transaction;
        for (var i = 0; i < parameters.Length; i++)
            statement.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        return statement;
    }

    DbCommand Declare(string sql, ReadOnlySpan<Parameter> parameters)
    {
        var statement = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this folder.
        statement.CommandText = sql;
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            var declared = statement.CreateParameter();
            declared.ParameterName = "@" + parameter.Name; // without the sign SQLite is asked for three names at every execution
            declared.DbType = parameter.Type;
            statement.Parameters.Add(declared);
        }
        return statement;
    }
}
