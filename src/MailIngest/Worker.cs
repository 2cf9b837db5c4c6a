using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest;

/// <summary>The parts that every poll of this process shares, opened together and closed together.</summary>
sealed class Worker : IAsyncDisposable
{
    readonly Retries _retries;
    readonly ILogger _log;

    Worker(GuardedBlobStore blobs, UniqueIdLedger ledger, MailboxPoll poll, Retries retries, ILogger log) =>
        (Blobs, Ledger, Poll, _retries, _log) = (blobs, ledger, poll, retries, log);

    /// <summary>The store; its <see cref="GuardedBlobStore.Problem"/> is what the status says of it.</summary>
    public GuardedBlobStore Blobs { get; }

    public UniqueIdLedger Ledger { get; }

    public MailboxPoll Poll { get; }

    /// <summary>Opens the blob store and the ledger.</summary>
    /// <exception cref="BlobStoreException">The store cannot be opened.</exception>
    /// <exception cref="LedgerException">The ledger cannot be opened, or is damaged.</exception>
    /// <exception cref="SecretException">The store's secret cannot be read.</exception>
    public static async Task<Worker> OpenAsync(WorkerSettings settings, TimeProvider clock, ILoggerFactory logs, CancellationToken stop)
    {
        var retries = new Retries(clock);
        var log = logs.CreateLogger("MailIngest");
        var memory = new MemoryBudget(settings.Limits.MemoryOctets);
        var blobs = new GuardedBlobStore(
            await OpenBlobsAsync(settings.Blobs, clock, stop, memory), clock, retries.StoreAnswered, () => retries.StoreProblem);
        try
        {
            var ledger = await UniqueIdLedger.OpenAsync(settings.Ledger.File, clock, stop);
            return new(blobs, ledger,
                new MailboxPoll(blobs, ledger, memory, retries, clock, log), retries, log);
        }
        catch
        {
            await blobs.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Tries a store out that is left alone, once its break is over: the worker is to be ready again also while no mailbox is due.
    /// </summary>
    public async Task LookAtStoreAsync(CancellationToken stop)
    {
        try
        {
            if (Blobs.Problem is not null)
                await _retries.StoreProblemAsync(Blobs.TryOutAsync, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception bug)
        {
            _log.Bug(bug);
        }
    }

    /// <summary>Opens the blob store alone.</summary>
    /// <param name="memory">What messages on their way into it may hold; null: as little as it can do with.</param>
    internal static async Task<IBlobStore> OpenBlobsAsync(
        BlobSettings settings, TimeProvider clock, CancellationToken stop, MemoryBudget? memory = null) =>
        settings switch
        {
            FileBlobSettings file => FileBlobStore.Open(file.Folder, clock),
            AzureBlobSettings azure => AzureBlobStore.Open(await ContainerAsync(azure.Access, stop), memory),
            _ => throw new InvalidOperationException($"{settings.GetType().Name} is no blob store."),
        };

    static async Task<AzureContainer> ContainerAsync(AzureAccess access, CancellationToken stop) => access switch
    {
        AzureAccess.ByConnectionString by =>
            new() { ConnectionString = (await by.ConnectionString.ReadAsync(stop)).Reveal(), Container = by.Container },
        AzureAccess.ByIdentity by => new() { AccountUri = by.Account, Container = by.Container },
        AzureAccess.BySas by => new() { SasUri = Address((await by.ContainerUri.ReadAsync(stop)).Reveal()) },
        _ => throw new InvalidOperationException($"{access.GetType().Name} is no way to a container."),
    };

    static Uri Address(string sasUri) => Uri.TryCreate(sasUri, UriKind.Absolute, out var address) ? address
        : throw new BlobStoreException(
            "The blob store's sasUri is no address: copy the whole \"Blob SAS URL\" of the container.", null, isTransient: false);

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await Blobs.DisposeAsync();
        await Poll.Tokens.DisposeAsync(); // the last, for a silent endpoint is waited for
    }
}
