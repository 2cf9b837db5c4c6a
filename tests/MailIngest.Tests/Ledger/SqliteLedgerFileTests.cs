using MailIngest.Ledger;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Ledger;

/// <summary>Which files a ledger accepts, and the sentence that each other one earns.</summary>
public sealed class SqliteLedgerFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;
    readonly FakeTimeProvider clock = new();

    string FilePath => Path.Combine(folder, "ledger.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_new_ledger_is_in_WAL_mode_and_its_connections_sync_every_commit()
    {
        await OpenAndCloseAsync();
        Assert.Equal("wal", Ask("pragma journal_mode"));

        await using var file = SqliteLedgerFile.Open(FilePath);
        await using var connection = await file.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma synchronous";
        Assert.Equal(2L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(13, 13, true)] // SQLITE_FULL
    [InlineData(10, 4874, true)] // SQLITE_IOERR_SHMSIZE: there is no room for the index of the WAL
    [InlineData(10, 1034, false)] // SQLITE_IOERR_FSYNC
    public async Task A_full_disk_is_called_full_whatever_SQLite_calls_it(int code, int extended, bool isFull)
    {
        await using var file = SqliteLedgerFile.Open(FilePath);
        var failure = file.Dialect.Explain(new SqliteException("disk I/O error", code, extended));
        Assert.Equal(isFull, failure.Message.Contains("is full: free some space", StringComparison.Ordinal));
        Assert.Equal(isFull, failure.IsTransient);
    }

    [Fact]
    public async Task A_new_ledger_makes_its_folders_and_is_readable_by_its_user_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix file modes");
        var outer = Path.Combine(folder, "var");
        var path = Path.Combine(outer, "lib", "ledger.db");
        await using (await UniqueIdLedger.OpenAsync(path, clock, TestContext.Current.CancellationToken))
        {
            if (!OperatingSystem.IsWindows())
            {
                const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                Assert.Equal(
                    [OwnFolder, OwnFolder, OwnFile, OwnFile],
                    new[] { outer, Path.GetDirectoryName(path)!, path, path + "-wal" }.Select(File.GetUnixFileMode));
            }
        }
    }

    [Fact]
    public async Task A_person_with_a_sqlite_shell_can_read_the_unique_ids()
    {
        await using var ledger = await UniqueIdLedger.OpenAsync(FilePath, clock, TestContext.Current.CancellationToken);
        await using var lease = await ledger.TakeLeaseAsync("sales", "w", TimeSpan.FromMinutes(1), _ => false, TestContext.Current.CancellationToken);
        await ledger.SightAsync(lease!, [new("it's 50%\xE9", 0, 1)], TestContext.Current.CancellationToken);
        Assert.Equal("it's%2050%25%E9", Ask("select unique_id from message"));
    }

    [Theory]
    [InlineData("this is not a database, it is a text of more than a few octets")]
    [InlineData("SQLite format 3\0 and then nothing that makes sense at all, for a hundred octets or more, so that the header is read as one")]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is(string content)
    {
        await File.WriteAllTextAsync(FilePath, content, TestContext.Current.CancellationToken);

        var refused = await RefusedAsync();

        Assert.True(refused.IsCorrupt);
        Assert.StartsWith($"The ledger {FilePath} is damaged (", refused.Message, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(FilePath, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_ledger_with_a_damaged_page_is_refused_and_left_as_it_is()
    {
        await FillAsync();
        var octets = await File.ReadAllBytesAsync(FilePath, TestContext.Current.CancellationToken);
        for (var page = 2; page < octets.Length / 4096; page++)
            Array.Fill(octets, (byte)0xA5, (page * 4096) + 8, 200);
        await File.WriteAllBytesAsync(FilePath, octets, TestContext.Current.CancellationToken);

        var refused = await RefusedAsync();

        Assert.True(refused.IsCorrupt, refused.Message);
        Assert.Equal(octets, await File.ReadAllBytesAsync(FilePath, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_ledger_cut_short_is_refused()
    {
        await FillAsync();
        await using (var file = new FileStream(FilePath, FileMode.Open))
            file.SetLength(file.Length / 2 / 4096 * 4096);

        Assert.True((await RefusedAsync()).IsCorrupt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_ledger_whose_file_is_lost_but_not_its_log_is_refused_and_the_log_kept(bool emptyFile)
    {
        if (emptyFile)
            await File.WriteAllBytesAsync(FilePath, [], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(FilePath + "-wal", "rows", TestContext.Current.CancellationToken);

        var refused = await RefusedAsync();

        Assert.True(refused.IsCorrupt);
        Assert.Contains("is missing or empty, but its log", refused.Message, StringComparison.Ordinal);
        Assert.Equal("rows", await File.ReadAllTextAsync(FilePath + "-wal", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_ledger_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await OpenAndCloseAsync();
        Ask("update ledger_schema set version = 99, opened = 7");

        var refused = await RefusedAsync();

        Assert.Equal((false, false), (refused.IsCorrupt, refused.IsTransient));
        Assert.Equal($"The ledger {FilePath} was written by a newer MailIngest (its version is 99, this program knows up to {LedgerSchema.Version}): "
            + "run that MailIngest or a newer one.", refused.Message);
        Assert.Equal(7L, Ask("select opened from ledger_schema"));
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        Ask("create table address (name text)");

        var refused = await RefusedAsync();

        Assert.Equal($"The ledger {FilePath} is a database of another program: name another file.", refused.Message);
        Assert.Equal(0L, Ask("select count(*) from sqlite_schema where name like 'ledger%'"));
    }

    [Fact]
    public async Task A_ledger_is_opened_again_with_the_time_of_it_as_the_probe_that_it_can_be_written()
    {
        await OpenAndCloseAsync();
        clock.Advance(TimeSpan.FromDays(1));
        await OpenAndCloseAsync();
        Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds(), Ask("select opened from ledger_schema"));
        Assert.Equal(1L, Ask("select count(*) from ledger_schema"));
    }

    [Fact]
    public async Task A_locked_ledger_is_a_passing_trouble_at_the_start_too()
    {
        await OpenAndCloseAsync();
        using var other = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        other.Open();
        using var transaction = other.BeginTransaction();

        var locked = await Assert.ThrowsAsync<LedgerException>(() =>
            UniqueIdLedger.OpenAsync(SqliteLedgerFile.Open(FilePath, patience: 1), clock, TestContext.Current.CancellationToken));

        Assert.Equal((true, false), (locked.IsTransient, locked.IsCorrupt));
    }

    [Theory]
    [InlineData("/proc/no-such-folder/ledger.db")]
    [InlineData("/dev/null/ledger.db")]
    public async Task A_folder_that_cannot_be_written_is_named_with_what_to_do(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc and /dev/null");

        var refused = await Assert.ThrowsAsync<LedgerException>(() => UniqueIdLedger.OpenAsync(path, clock, TestContext.Current.CancellationToken));

        Assert.Equal((false, false), (refused.IsCorrupt, refused.IsTransient));
        Assert.StartsWith($"The ledger {path} cannot be created (", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("name a folder that this user can write to.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_is_refused()
    {
        Directory.CreateDirectory(FilePath);
        Assert.StartsWith($"The ledger {FilePath} cannot be", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_ledger_is_refused_before_anything_is_polled()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "root writes where it likes: run as another user");
        await OpenAndCloseAsync();
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(FilePath, UnixFileMode.UserRead);

        Assert.Contains("cannot be written", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_SQLite_in_use_is_one_that_keeps_its_files_whole() =>
        Assert.True(Version.Parse((string)Ask("select sqlite_version()")!) >= SqliteLedgerFile.OldestSafeVersion);

    async Task OpenAndCloseAsync() =>
        await (await UniqueIdLedger.OpenAsync(FilePath, clock, TestContext.Current.CancellationToken)).DisposeAsync();

    /// <summary>A closed ledger of many pages.</summary>
    async Task FillAsync()
    {
        await using var ledger = await UniqueIdLedger.OpenAsync(FilePath, clock, TestContext.Current.CancellationToken);
        await using var lease = await ledger.TakeLeaseAsync("sales", "w", TimeSpan.FromMinutes(1), _ => false, TestContext.Current.CancellationToken);
        await ledger.SightAsync(lease!, [.. Enumerable.Range(0, 5000).Select(i => new Sighting($"uid-{i}", 0, i))],
            TestContext.Current.CancellationToken);
    }

    Task<LedgerException> RefusedAsync() =>
        Assert.ThrowsAsync<LedgerException>(() => UniqueIdLedger.OpenAsync(FilePath, clock, TestContext.Current.CancellationToken));

    object? Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
