using System.Data.Common;
using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

/// <summary>The one writer of the ledger: how many share a commit, and what callers get when the database cannot even be opened.</summary>
public sealed class GroupCommitTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task So_many_writes_share_a_commit_and_no_more()
    {
        await using var file = SqliteLedgerFile.Open(Path.Combine(_folder, "ledger.db"));
        await using var writer = new GroupCommit(file, file.Dialect);
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = writer.RunAsync(async _ =>
        {
            begun.SetResult();
            await go.Task;
            return 0;
        }, Stop);
        await begun.Task;
        var order = new List<int>();
        var others = Enumerable.Range(0, (2 * GroupCommit.MaxWrites) + 1).Select(n => writer.RunAsync(_ =>
        {
            order.Add(n);
            return Task.FromResult(n);
        }, Stop)).ToArray();
        go.SetResult();

        await first;
        Assert.Equal(Enumerable.Range(0, others.Length), await Task.WhenAll(others));
        Assert.Equal(Enumerable.Range(0, others.Length), order);
        Assert.Equal(4, writer.Commits);
    }

    [Fact]
    public async Task What_is_no_failure_of_the_database_reaches_each_caller_as_it_is_and_the_writer_goes_on()
    {
        await using var file = SqliteLedgerFile.Open(Path.Combine(_folder, "ledger.db"));
        await using var source = new Source(file) { Failure = new InvalidCastException("a bug") };
        await using var writer = new GroupCommit(source, file.Dialect);
        Assert.Equal("a bug", (await Assert.ThrowsAsync<InvalidCastException>(() => writer.RunAsync(_ => Task.FromResult(1), Stop))).Message);

        source.Failure = null;
        Assert.Equal(1, await writer.RunAsync(_ => Task.FromResult(1), Stop));
        Assert.Equal(1, writer.Commits);
    }

    [Fact]
    public async Task A_write_that_is_cancelled_before_it_is_asked_for_is_never_queued()
    {
        await using var file = SqliteLedgerFile.Open(Path.Combine(_folder, "ledger.db"));
        await using var writer = new GroupCommit(file, file.Dialect);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => writer.RunAsync<int>(_ => throw new InvalidCastException("it ran"), new CancellationToken(canceled: true)));
        Assert.Equal(0, writer.Commits);
    }

    sealed class Source(SqliteLedgerFile file) : DbDataSource
    {
        public Exception? Failure { get; set; }

        public override string ConnectionString => file.ConnectionString;

        protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

        protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) =>
            Failure is null ? await file.OpenConnectionAsync(cancellationToken) : throw Failure;
    }
}
