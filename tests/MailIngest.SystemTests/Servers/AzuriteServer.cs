using Azure.Storage.Blobs;

namespace MailIngest.SystemTests.Servers;

/// <summary>A real Azurite: the blob service of the storage emulator, on a free loopback port.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    public const string Missing = "Azurite is not installed (npm install --prefix tests/.tools azurite); tests/run.sh does it.";

    // The account that every Azurite has; the key is in its public documentation.
    const string Account = "devstoreaccount1";
    const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    readonly ServerProcess _process;
    readonly string _folder;
    int _containers;

    AzuriteServer(ServerProcess process, string folder) => (_process, _folder) = (process, folder);

    public static bool IsInstalled => Programs.Azurite is not null;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Starts the service; <paramref name="onDisk"/> keeps the blobs in a folder, not in memory: for blobs of gigabytes.</summary>
    public static async Task<AzuriteServer> StartAsync(bool onDisk, CancellationToken stop)
    {
        var program = Programs.Azurite ?? throw new InvalidOperationException(Missing);
        var folder = Directory.CreateTempSubdirectory("mailingest-azurite-").FullName;
        string[] storage = onDisk ? ["--location", folder] : ["--inMemoryPersistence"];
        var process = ServerProcess.Start(
            program, ["--blobPort", "0", "--skipApiVersionCheck", "--silent", "--disableTelemetry", .. storage], folder);
        var server = new AzuriteServer(process, folder);
        try
        {
            const string Announcement = "successfully listens on ";
            var line = await process.LineAsync(Announcement, stop);
            var address = line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..].Trim();
            server.ConnectionString =
                $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={address}/{Account};";
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty container that no other test has.</summary>
    public async Task<BlobContainerClient> NewContainerAsync(CancellationToken stop)
    {
        var container = new BlobContainerClient(ConnectionString, $"mail-{Interlocked.Increment(ref _containers)}");
        await container.CreateAsync(cancellationToken: stop);
        return container;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
