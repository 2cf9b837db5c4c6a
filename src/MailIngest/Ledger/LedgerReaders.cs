using System.Collections.Concurrent;
using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>The connections that read. A few are kept for the next read: to open one costs more than most reads.</summary>
sealed class LedgerReaders(DbDataSource database) : IAsyncDisposable
{
    const int MostKept = 4;

    readonly ConcurrentStack<LedgerConnection> _kept = new();

    /// <summary>Reads with a connection that nobody else uses meanwhile. After a failure it is not used again.</summary>
    public async Task<T> RunAsync<T>(Func<LedgerConnection, Task<T>> read, CancellationToken stop)
    {
        if (!_kept.TryPop(out var connection))
            connection = new(await database.OpenConnectionAsync(stop));
        var isGood = false;
        try
        {
            var answer = await read(connection);
            isGood = connection.IsOpen;
            return answer;
        }
        finally
        {
            if (isGood && _kept.Count < MostKept)
                _kept.Push(connection);
            else
                await connection.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_kept.TryPop(out var connection))
            await connection.DisposeAsync();
    }
}
