using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace MailIngest.Ledger;

/// <summary>A ledger in one SQLite file, and everything that only SQLite needs: every connection it opens loses nothing in a power cut.</summary>
sealed class SqliteLedgerFile : DbDataSource
{
    /// <summary>Older ones can damage a database when a WAL is reset (sqlite.org/wal.html, "The WAL Reset Bug").</summary>
    public static readonly Version OldestSafeVersion = new(3, 51, 3);

    /// <summary>Marks a database as a ledger of ours (PRAGMA application_id): "MILG".</summary>
    const long ApplicationId = 0x4D494C47;

    const long SynchronousFull = 2;

    readonly string _path;
    readonly int _patience;

    SqliteLedgerFile(string path, int patience)
    {
        _path = path;
        _patience = patience;
        // ReadWrite without Create: the file is made in one place only, so that one that vanished is not quietly replaced.
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = patience,
        }.ToString();
        Dialect = new LedgerDialect($"ledger {path}", " without rowid", Explain);
    }

    public override string ConnectionString { get; }

    public LedgerDialect Dialect { get; }

    /// <summary>Finds or makes the file, and refuses one that must not be used.</summary>
    /// <param name="path">The file; its folders are created where there are none.</param>
    /// <param name="patience">How many seconds to wait for a lock that another process holds.</param>
    /// <exception cref="LedgerException">One sentence: what is wrong and what to do.</exception>
    public static SqliteLedgerFile Open(string path, int patience = 5)
    {
        var file = new SqliteLedgerFile(Path.GetFullPath(path), patience);
        try
        {
            file.Find();
            file.Check();
            return file;
        }
        catch (SqliteException failure)
        {
            throw file.Explain(failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException($"The {file.Dialect.Place} cannot be created ({failure.Message}): name a folder that this user can write to.",
                failure);
        }
    }

    /// <summary>The dialect of a file that need not be there: another data source that is SQLite explains its failures so.</summary>
    internal static LedgerDialect DialectOf(string path)
    {
        using var file = new SqliteLedgerFile(path, patience: 5);
        return file.Dialect;
    }

    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    protected override DbConnection OpenDbConnection() => Connect();

    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Connect());
    }

    /// <summary>Opens a connection on which a commit returns only after its fsync.</summary>
    SqliteConnection Connect()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            Ask(connection, $"pragma busy_timeout = {_patience * 1000}");
            Ask(connection, "pragma synchronous = full");
            if ((long)Ask(connection, "pragma synchronous")! != SynchronousFull)
                throw new LedgerException($"The {Dialect.Place} does not keep synchronous=FULL: a power cut could undo what was promised.");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    void Find()
    {
        LedgerFolder.Create(Path.GetDirectoryName(_path)!);
        var exists = File.Exists(_path);
        if (LedgerFolder.NetworkFileSystemOf(exists ? _path : Path.GetDirectoryName(_path)!) is { } network)
        {
            throw new LedgerException($"The {Dialect.Place} is on a network file system ({network}), where SQLite's WAL is not safe: "
                + "put it on a local or block volume.");
        }

        // SQLite would throw the log away together with the rows in it.
        var log = new FileInfo(_path + "-wal");
        if (log is { Exists: true, Length: > 0 } && (!exists || new FileInfo(_path).Length == 0))
        {
            throw new LedgerException($"The {Dialect.Place} is missing or empty, but its log {log.FullName} is not: "
                + "restore the file, or remove the log to begin a new ledger.", isCorrupt: true);
        }
        if (!exists)
            Make();
    }

    void Make()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var made = new FileStream(_path, options);
    }

    void Check()
    {
        using var connection = Connect();
        MustBeSafe((string)Ask(connection, "select sqlite_version()")!);
        var verdict = (string)Ask(connection, "pragma quick_check(1)")!;
        if (verdict != "ok")
            throw Corrupt(verdict, null);

        var owner = (long)Ask(connection, "pragma application_id")!;
        var isEmpty = (long)Ask(connection, "select count(*) from sqlite_schema")! == 0;
        if (owner != ApplicationId && !(owner == 0 && isEmpty))
            throw new LedgerException($"The {Dialect.Place} is a database of another program: name another file.");
        if (owner == 0)
            Ask(connection, string.Create(CultureInfo.InvariantCulture, $"pragma application_id = {ApplicationId}"));

        if ((string)Ask(connection, "pragma journal_mode = wal")! != "wal")
            throw new LedgerException($"The {Dialect.Place} cannot be switched to WAL: put it on a local file system.");
    }

    /// <summary>A library that another one brought along, or the system's, may be older than ours.</summary>
    internal static void MustBeSafe(string version)
    {
        if (Version.Parse(version) < OldestSafeVersion)
            throw new LedgerException($"SQLite {version} can damage its files: use {OldestSafeVersion} or newer.");
    }

    static object? Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this file, but for numbers.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    LedgerException Explain(DbException failure) => Code(failure as SqliteException) switch
    {
        5 or 6 or 15 => new($"The {Dialect.Place} has been locked by another process for {_patience} s: nothing was written; the next poll tries again.",
            failure, isTransient: true),
        13 => new($"The disk under the {Dialect.Place} is full: free some space; nothing was written, and the next poll tries again.",
            failure, isTransient: true),
        10 => new($"The disk under the {Dialect.Place} failed ({failure.Message}): check it; nothing is known to be written.", failure),
        3 or 8 or 14 or 23 => new($"The {Dialect.Place} cannot be written ({failure.Message}): give this user write access to the file "
            + "and its folder.", failure),
        11 or 26 => Corrupt(failure.Message, failure),
        _ => new($"The {Dialect.Place} failed: {failure.Message}", failure),
    };

    /// <summary>
    /// On a full disk SQLite cannot even make room for the WAL's index, and calls that an I/O error (4874, SQLITE_IOERR_SHMSIZE).
    /// </summary>
    static int? Code(SqliteException? failure) => failure?.SqliteExtendedErrorCode is 4874 ? 13 : failure?.SqliteErrorCode;

    LedgerException Corrupt(string said, Exception? cause) =>
        new($"The {Dialect.Place} is damaged ({said}): restore it from a backup, or move it away to begin a new one, "
            + "in which case messages still on the server are fetched again and recognised by their blobs.", cause, isCorrupt: true);
}
