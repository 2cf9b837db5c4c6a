using System.Data;
using System.Data.Common;
using MailIngest.Ledger;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace MailIngest.Tests.Ledger;

/// <summary>The contract on SQLite, and what happens to the callers when a commit fails or the process is killed.</summary>
public sealed class SqliteLedgerTests : UniqueIdLedgerContract
{
    readonly string folder = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;

    string FilePath => Path.Combine(folder, "ledger.db");

    protected override Task<UniqueIdLedger> OpenAsync() => UniqueIdLedger.OpenAsync(FilePath, Clock, Stop);

    protected override DbConnection Connect() => new SqliteConnection($"Data Source={FilePath};Pooling=False");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_was_acknowledged_is_in_the_files_of_a_process_that_never_closed_them()
    {
        var rows = Enumerable.Range(0, 50).Select(i => new RowKey($"uid-{i}", 0)).ToArray();
        var lease = await SeenAsync(rows);
        await Task.WhenAll(rows[..25].Select(row => Ledger.StoredAsync(lease, row, Copy(row.UniqueId), Stop)));
        foreach (var row in rows[25..])
            await Ledger.StoredAsync(lease, row, Copy(row.UniqueId), Stop);
        await Ledger.DeletingAsync(lease, rows[..10], Stop);
        var expected = await Ledger.ReadAsync(Box, Stop);

        var copy = Path.Combine(folder, "copy.db");
        File.Copy(FilePath, copy);
        File.Copy(FilePath + "-wal", copy + "-wal");

        await using var revived = await UniqueIdLedger.OpenAsync(copy, Clock, Stop);
        Assert.Equal(expected, await revived.ReadAsync(Box, Stop));
        Assert.Equal(10, expected.Count(row => row.State == MessageState.Deleting));
    }

    [Fact]
    public async Task A_commit_that_fails_fails_every_caller_of_its_batch_and_writes_nothing()
    {
        await using var broken = await BreakableAsync();
        var rows = Enumerable.Range(0, 20).Select(i => new RowKey($"uid-{i}", 0)).ToArray();
        var lease = Assert.IsType<MailboxLease>(await broken.Ledger.TakeLeaseAsync("info", "worker-1", Ttl, _ => false, Stop));
        await broken.Ledger.SightAsync(lease, [.. rows.Select(row => new Sighting(row.UniqueId, 0, 1))], Stop);
        var commits = broken.Ledger.Commits;

        broken.FailCommits = true;
        Task[] stored;
        Task stale;
        await using (await HoldWritersAsync())
        {
            stored = [.. rows.Select(row => broken.Ledger.StoredAsync(lease, row, Copy(), Stop))];
            stale = broken.Ledger.GoneAsync(lease, [new("never seen", 0)], Stop);
        }
        foreach (var write in stored.Append(stale))
        {
            var failed = await Assert.ThrowsAsync<LedgerException>(() => write);
            Assert.Contains("constraint", failed.Message, StringComparison.Ordinal);
        }
        Assert.Equal(commits, broken.Ledger.Commits);
        Assert.All(await Ledger.ReadAsync("info", Stop), row => Assert.Equal(MessageState.Seen, row.State));

        broken.FailCommits = false;
        await Task.WhenAll(rows.Select(row => broken.Ledger.StoredAsync(lease, row, Copy(), Stop)));
        Assert.All(await Ledger.ReadAsync("info", Stop), row => Assert.Equal(MessageState.Stored, row.State));
    }

    [Fact]
    public async Task A_full_disk_fails_the_writes_in_one_sentence_and_the_ledger_goes_on_when_there_is_room()
    {
        await using var broken = await BreakableAsync();
        var lease = Assert.IsType<MailboxLease>(await broken.Ledger.TakeLeaseAsync("info", "worker-1", Ttl, _ => false, Stop));
        broken.Run("pragma max_page_count = 1");
        Sighting[] many = [.. Enumerable.Range(0, 5000).Select(i => new Sighting($"a-rather-long-unique-id-{i}", 0, 1))];

        var full = await Assert.ThrowsAsync<LedgerException>(() => broken.Ledger.SightAsync(lease, many, Stop));

        Assert.Equal((true, false), (full.IsTransient, full.IsCorrupt));
        Assert.Equal($"The disk under the ledger {FilePath} is full: free some space; nothing was written, and the next poll tries again.",
            full.Message);
        Assert.Empty(await Ledger.ReadAsync("info", Stop));

        broken.Run("pragma max_page_count = 1000000");
        await broken.Ledger.SightAsync(lease, many, Stop);
        Assert.Equal(5000, (await Ledger.ReadAsync("info", Stop)).Count);
    }

    [Fact]
    public async Task A_connection_that_was_lost_is_replaced_by_the_next_write()
    {
        await using var broken = await BreakableAsync();
        broken.CloseConnections();

        Assert.NotNull(await broken.Ledger.TakeLeaseAsync(Box, "worker-1", Ttl, _ => false, Stop));
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
    }

    [Theory]
    [InlineData("update message set unique_id = 'cut%4'")]
    [InlineData("update message set unique_id = '%zz'")]
    public async Task A_unique_id_that_was_changed_by_hand_is_damage_and_not_a_guess(string change)
    {
        await SeenAsync(First);
        Run(change);
        Assert.True((await Assert.ThrowsAsync<LedgerException>(() => Ledger.ReadAsync(Box, Stop))).IsCorrupt);
    }

    [Theory]
    [InlineData("update message set state = 4")]
    [InlineData("update message set generation = -1")]
    [InlineData("update message set stored_at = 1")]
    [InlineData("update message set stored_at = 1, blob_name = 'b', octets = 1, sha256 = 'a'")]
    public async Task A_row_that_says_less_than_it_must_cannot_be_written_even_by_hand(string change)
    {
        await SeenAsync(First);
        Assert.Contains("CHECK", Assert.Throws<SqliteException>(() => Run(change)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_may_only_be_read_says_what_it_needs()
    {
        await using var broken = await BreakableAsync();
        broken.Run("pragma query_only = on");

        var refused = await Assert.ThrowsAsync<LedgerException>(() => broken.Ledger.TakeLeaseAsync(Box, "worker-1", Ttl, _ => false, Stop));

        Assert.Equal((false, false), (refused.IsTransient, refused.IsCorrupt));
        Assert.StartsWith($"The ledger {FilePath} cannot be written (", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_locked_by_another_process_is_a_passing_trouble_and_writes_go_on_afterwards()
    {
        await using var hasty = await UniqueIdLedger.OpenAsync(SqliteLedgerFile.Open(FilePath, patience: 1), Clock, Stop);
        await using (await HoldWritersAsync())
        {
            var locked = await Assert.ThrowsAsync<LedgerException>(() => hasty.TakeLeaseAsync(Box, "worker-1", Ttl, _ => false, Stop));
            Assert.Equal((true, false), (locked.IsTransient, locked.IsCorrupt));
            Assert.StartsWith($"The ledger {FilePath} has been locked by another process for 1 s", locked.Message,
                StringComparison.Ordinal);
        }
        Assert.NotNull(await hasty.TakeLeaseAsync(Box, "worker-1", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task A_write_cancelled_while_it_waits_in_the_queue_is_withdrawn()
    {
        await using var broken = await BreakableAsync();
        var lease = await SeenAsync(First);
        using var cancelled = new CancellationTokenSource();
        using var inCommit = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        broken.OnCommit = () =>
        {
            inCommit.Set();
            goOn.Wait(Stop);
        };

        var running = broken.Ledger.FailedAsync(lease, First, "running", null, 5, cancelled.Token);
        inCommit.Wait(Stop);
        var queued = broken.Ledger.FailedAsync(lease, First, "queued", null, 5, cancelled.Token);
        await cancelled.CancelAsync();
        broken.OnCommit = null;
        goOn.Set();

        await running; // it had begun: its result is told, not guessed
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        Assert.Equal((1, "running"), ((await RowAsync(First)).Attempts, (await RowAsync(First)).LastError));
    }

    [Fact]
    public async Task A_ledger_of_version_1_is_upgraded_with_its_rows_kept()
    {
        var path = Path.Combine(folder, "old", "ledger.db");
        var file = SqliteLedgerFile.Open(path);
        await using (var old = new LedgerConnection(await file.OpenConnectionAsync(Stop)))
        {
            await LedgerSchema.PrepareAsync(old, file.Dialect, Now, last: 1);
            await old.ExecuteAsync("""
                insert into message (mailbox, unique_id, generation, state, first_seen, listed_octets, attempts, quarantined, ordinal, delete_rounds)
                values ('sales', 'uid-1', 0, 0, 1000, 42, 2, 0, 0, 0)
                """);
            await old.ExecuteAsync("insert into mailbox_traits (mailbox, not_before, failures) values ('sales', 5000, 3)");
        }

        for (var opening = 0; opening < 2; opening++)
        {
            await using var upgraded = await UniqueIdLedger.OpenAsync(path, Clock, Stop);
            Assert.Equal((First, 42, 2, true), Assert.Single(await upgraded.ReadAsync(Box, Stop)) is var row
                ? (row.Key, row.ListedOctets, row.Attempts, row.Tried) : default);
            Assert.Equal(new MailboxTraits { NotBefore = DateTimeOffset.FromUnixTimeSeconds(5), Failures = 3 },
                await upgraded.ReadTraitsAsync(Box, Stop));
            Assert.Equal(1, (await upgraded.ReadUnstoredAsync(Stop))[Box].Messages);
        }
        await using var now = await UniqueIdLedger.OpenAsync(path, Clock, Stop);
        var lease = await now.TakeLeaseAsync(Box, "worker", Ttl, _ => false, Stop);
        await now.SaveTraitsAsync(lease!, new() { SignInMark = "mark" }, Stop);
        Assert.Equal("mark", (await now.ReadTraitsAsync(Box, Stop)).SignInMark);
    }

    [Theory]
    [InlineData(MessageTable.Present, "message_present")]
    [InlineData(MessageTable.Again, "message_again")]
    [InlineData(MessageTable.Vanished, "message_vanished")]
    public void What_every_poll_asks_is_answered_by_an_index_alone(string question, string index)
    {
        using var connection = Connect();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"explain query plan {question}";
        command.Parameters.Add(new SqliteParameter("mailbox", "sales"));
        if (question == MessageTable.Present)
            command.Parameters.Add(new SqliteParameter("removable_until", 1L));
        using var plan = command.ExecuteReader();
        Assert.True(plan.Read());
        Assert.StartsWith($"SEARCH message USING COVERING INDEX {index} (mailbox=?", plan.GetString(3), StringComparison.Ordinal);
        Assert.False(plan.Read());
    }

    void Run(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    async Task<BreakableLedger> BreakableAsync()
    {
        var source = new BreakableLedger(SqliteLedgerFile.Open(FilePath));
        source.Ledger = await UniqueIdLedger.OpenAsync(source, source.Dialect, Clock, Stop);
        return source;
    }

    /// <summary>A ledger on connections whose commits and disk can be made to fail.</summary>
    sealed class BreakableLedger(SqliteLedgerFile file) : DbDataSource
    {
        readonly List<SqliteConnection> opened = [];

        public UniqueIdLedger Ledger { get; set; } = null!;

        public LedgerDialect Dialect => file.Dialect;

        public volatile bool FailCommits;

        public volatile Action? OnCommit;

        public override string ConnectionString => file.ConnectionString;

        /// <summary>Runs a statement on every connection that is open.</summary>
        public void Run(string sql)
        {
            foreach (var connection in opened.Where(connection => connection.State == ConnectionState.Open))
            {
                using var command = connection.CreateCommand();
                command.CommandText = sql;
                command.ExecuteScalar();
            }
        }

        public void CloseConnections() => opened.ForEach(connection => connection.Close());

        protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

        protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
        {
            var connection = (SqliteConnection)file.OpenConnection();
            raw.sqlite3_commit_hook(connection.Handle, _ =>
            {
                OnCommit?.Invoke();
                return FailCommits ? 1 : 0;
            }, null);
            opened.Add(connection);
            return new(connection);
        }

        protected override async ValueTask DisposeAsyncCore()
        {
            if (Ledger is { } ledger)
            {
                Ledger = null!;
                await ledger.DisposeAsync();
            }
            await base.DisposeAsyncCore();
        }
    }
}
