using System.Data.Common;
using MailIngest.Ledger;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MailIngest.Tests.Ledger;

/// <summary>Where a ledger may lie, and the sentence for each thing that a database says.</summary>
public sealed class LedgerFilePlacesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0x00C36400, "Ceph")]
    [InlineData(0x0BD00BD0, "Lustre")]
    [InlineData(0x47504653, "GPFS")]
    [InlineData(0x5346414F, "AFS")]
    [InlineData(0x6B414653, "AFS")]
    [InlineData(0x01161970, "GFS2")]
    [InlineData(0x7461636F, "OCFS2")]
    [InlineData(0x786F4256, "VirtualBox shared folder")]
    public void A_cluster_file_system_is_known_by_its_number(uint type, string name)
    {
        Assert.Equal(name, LedgerFolder.NetworkFileSystem(type));
        Assert.Null(LedgerFolder.NetworkFileSystem(type + 1));
        Assert.Null(LedgerFolder.NetworkFileSystem(type - 1));
    }

    [Theory]
    [InlineData("3.51.3", true)]
    [InlineData("3.52.0", true)]
    [InlineData("4.0.0", true)]
    [InlineData("3.51.2", false)]
    [InlineData("3.9.10", false)]
    public void A_SQLite_that_can_damage_its_files_is_refused_with_the_version_to_use(string version, bool good)
    {
        var refused = Record.Exception(() => SqliteLedgerFile.MustBeSafe(version));
        Assert.Equal(good ? null : $"SQLite {version} can damage its files: use 3.51.3 or newer.", refused?.Message);
        Assert.True(good || refused is LedgerException);
    }

    [Theory]
    [InlineData(5, "locked by another process for 5 s", true, false)]
    [InlineData(6, "locked by another process for 5 s", true, false)]
    [InlineData(15, "locked by another process for 5 s", true, false)]
    [InlineData(13, "is full: free some space", true, false)]
    [InlineData(10, "failed (said): check it", false, false)]
    [InlineData(3, "give this user write access", false, false)]
    [InlineData(8, "give this user write access", false, false)]
    [InlineData(14, "give this user write access", false, false)]
    [InlineData(23, "give this user write access", false, false)]
    [InlineData(11, "is damaged (said): restore it from a backup", false, true)]
    [InlineData(26, "is damaged (said): restore it from a backup", false, true)]
    [InlineData(1, "failed: said", false, false)]
    [InlineData(7, "failed: said", false, false)]
    [InlineData(9, "failed: said", false, false)]
    [InlineData(12, "failed: said", false, false)]
    [InlineData(24, "failed: said", false, false)]
    [InlineData(101, "failed: said", false, false)]
    public async Task Each_error_of_SQLite_is_one_sentence_that_says_whether_it_passes(int code, string told, bool transient, bool corrupt)
    {
        var failure = await ExplainAsync(new SqliteException("said", code));
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.Equal((transient, corrupt), (failure.IsTransient, failure.IsCorrupt));
    }

    [Fact]
    public async Task What_another_database_says_is_told_as_it_is() =>
        Assert.EndsWith("failed: said", (await ExplainAsync(new OtherException())).Message, StringComparison.Ordinal);

    async Task<LedgerException> ExplainAsync(DbException failure)
    {
        var path = Path.Combine(_folder, "ledger.db");
        await using var file = SqliteLedgerFile.Open(path);
        var explained = file.Dialect.Explain(failure);
        Assert.Contains($"ledger {path}", explained.Message, StringComparison.Ordinal);
        return explained;
    }

    sealed class OtherException() : DbException("said");
}
