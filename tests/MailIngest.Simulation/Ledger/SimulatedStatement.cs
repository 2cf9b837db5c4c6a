using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace MailIngest.Simulation.Ledger;

/// <summary>A statement of one worker; it runs in the real database.</summary>
sealed class SimulatedStatement(SimulatedConnection connection) : DbCommand
{
    readonly SqliteCommand _declared = new(); // holds text and parameters; what runs is the session's

    [AllowNull]
    public override string CommandText { get => _declared.CommandText; set => _declared.CommandText = value; }

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => connection; set => throw new NotSupportedException(); }

    protected override DbParameterCollection DbParameterCollection => _declared.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        await RunAsync(EffectKind.LedgerWrite, static statement => statement.ExecuteNonQuery());

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        await RunAsync(IsQuery ? EffectKind.LedgerRead : EffectKind.LedgerWrite, static statement => statement.ExecuteScalar());

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await RunAsync(EffectKind.LedgerRead, static statement => (DbDataReader)statement.ExecuteReader());

    public override int ExecuteNonQuery() => throw new NotSupportedException();

    public override object? ExecuteScalar() => throw new NotSupportedException();

    public override void Cancel()
    {
    }

    public override void Prepare()
    {
    }

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _declared.Dispose();
        base.Dispose(disposing);
    }

    bool IsQuery => CommandText.AsSpan().TrimStart().StartsWith("select", StringComparison.Ordinal);

    async ValueTask<T> RunAsync<T>(EffectKind kind, Func<SqliteCommand, T> run)
    {
        var strike = await connection.Ledger.ReachAsync(kind, Shown());
        var result = run(connection.Session.Bind(CommandText, _declared.Parameters));
        if (kind == EffectKind.LedgerWrite && CommandText.Contains(" message ", StringComparison.Ordinal))
            connection.ChangesMessages = true;
        if (strike is Strike.After)
            (result as IDisposable)?.Dispose(); // a reader that nobody gets
        await connection.Ledger.HappenedAsync(strike);
        return result;
    }

    /// <summary>The first words.</summary>
    string Shown()
    {
        var text = CommandText.AsSpan().TrimStart();
        var end = text.IndexOf('\n');
        return text[..Math.Min(end < 0 ? text.Length : end, 40)].Trim().ToString();
    }
}
