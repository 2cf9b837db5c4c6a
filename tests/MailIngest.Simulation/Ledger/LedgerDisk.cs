using MailIngest.Ledger;
using Microsoft.Data.Sqlite;

namespace MailIngest.Simulation.Ledger;

/// <summary>
/// The ledger's database, which outlives every worker: a SQLite file in WAL mode like the real one, in memory and without fsync. What is
/// committed is durable; what is not is rolled back when its worker dies.
/// </summary>
sealed class LedgerDisk : IDisposable
{
    /// <summary>How long a writer waits for another before it is told that the ledger is locked, as the real one does.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    const string Tables = "select count(*) from sqlite_schema where name = 'message'";

    static readonly Lazy<byte[]> _s_prepared = new(Prepare);

    readonly string _path = MemoryFolder.NewPath("ledger.db");
    readonly SqliteConnection _keeper;
    readonly LedgerConnection _observer;
    readonly Stack<LedgerSession> _idle = new();
    readonly List<(SimulatedConnection Who, TaskCompletionSource<bool> Turn)> _waiting = [];
    SimulatedConnection? _writer;

    LedgerDisk(byte[] content)
    {
        File.WriteAllBytes(_path, content);
        _keeper = OpenConnection();
        _observer = new LedgerConnection(_keeper);
    }

    /// <summary>A ledger that was opened once, with nothing in it.</summary>
    public static LedgerDisk Fresh() => new(_s_prepared.Value);

    /// <summary>No ledger: its tables have to be made first.</summary>
    public static LedgerDisk Empty() => new([]);

    /// <summary>How errors of the ledger are explained: as for a ledger in a file.</summary>
    public static LedgerDialect Dialect { get; } = SqliteLedgerFile.DialectOf("/simulated/ledger.db");

    /// <summary>A copy of all that is committed, as a backup takes one.</summary>
    public LedgerDisk Copy()
    {
        var copy = Empty();
        _keeper.BackupDatabase(copy._keeper);
        return copy;
    }

    /// <summary>A real connection, new or used before by somebody who is done with it.</summary>
    public LedgerSession Rent() => _idle.TryPop(out var idle) ? idle : new LedgerSession(OpenConnection());

    public void Return(LedgerSession session) => _idle.Push(session);

    /// <summary>Every row of the mailbox that is committed.</summary>
    public IReadOnlyList<LedgerRow> Rows(string mailbox) => _observer.NumberAsync(Tables).GetAwaiter().GetResult() == 0
        ? []
        : MessageTable.ReadAsync(_observer, mailbox, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>One writer at a time. False: another one took too long.</summary>
    public async Task<bool> LockAsync(SimulatedConnection who, TimeProvider clock)
    {
        if (_writer is null)
        {
            _writer = who;
            return true;
        }
        var turn = (who, new TaskCompletionSource<bool>());
        _waiting.Add(turn);
        using var late = clock.CreateTimer(_ => GiveUp(turn), null, Patience, Timeout.InfiniteTimeSpan);
        return await turn.Item2.Task;
    }

    public void Unlock(SimulatedConnection who)
    {
        _waiting.RemoveAll(turn => turn.Who == who);
        if (_writer != who)
            return;
        _writer = null;
        if (_waiting.Count == 0)
            return;
        var next = _waiting[0];
        _waiting.RemoveAt(0);
        _writer = next.Who;
        next.Turn.SetResult(true);
    }

    public void Dispose()
    {
        foreach (var idle in _idle)
            idle.Dispose();
        _idle.Clear();
        _observer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var file in (ReadOnlySpan<string>)["", "-wal", "-shm"])
            File.Delete(_path + file);
    }

    void GiveUp((SimulatedConnection Who, TaskCompletionSource<bool> Turn) turn)
    {
        if (_waiting.Remove(turn))
            turn.Turn.SetResult(false);
    }

    static byte[] Prepare()
    {
        var disk = Empty();
        LedgerSchema.PrepareAsync(disk._observer, Dialect, DateTimeOffset.UnixEpoch).GetAwaiter().GetResult();
        using (var checkpoint = disk._keeper.CreateCommand())
        {
            checkpoint.CommandText = "pragma wal_checkpoint(truncate)";
            checkpoint.ExecuteNonQuery();
        }
        var content = File.ReadAllBytes(disk._path);
        disk.Dispose();
        return content;
    }

    SqliteConnection OpenConnection()
    {
        var connection = new SqliteConnection($"Data Source={_path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode = wal; pragma synchronous = off";
        command.ExecuteNonQuery();
        return connection;
    }
}
