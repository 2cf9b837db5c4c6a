using System.Globalization;
using Azure.Storage.Blobs;

namespace MailIngest.SystemTests.Servers;

/// <summary>A real Azurite: the blob service of the storage emulator, on a free loopback port.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    public const string Missing = "Azurite is not installed (npm install --prefix tests/.tools azurite); tests/run.sh does it.";

    // The account that every Azurite has; the key is in its public documentation.
    const string Account = "devstoreaccount1";
    const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    readonly string _folder;
    readonly string[] _storage;
    ServerProcess? _process;
    int _port;
    int _containers;

    AzuriteServer(string folder, bool onDisk) =>
        (_folder, _storage) = (folder, onDisk ? ["--location", folder] : ["--inMemoryPersistence"]);

    public static bool IsInstalled => Programs.Azurite is not null;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Starts the service; <paramref name="onDisk"/> keeps the blobs in a folder, not in memory: for blobs of gigabytes.</summary>
    public static async Task<AzuriteServer> StartAsync(bool onDisk, CancellationToken stop)
    {
        var server = new AzuriteServer(Directory.CreateTempSubdirectory("mailingest-azurite-").FullName, onDisk);
        try
        {
            await server.StartAgainAsync(stop);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the service; what is on disk stays there.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts it, on the port that it had before.</summary>
    public async Task StartAgainAsync(CancellationToken stop)
    {
        var program = Programs.Azurite ?? throw new InvalidOperationException(Missing);
        var port = _port.ToString(CultureInfo.InvariantCulture);
        _process = ServerProcess.Start(
            program, ["--blobPort", port, "--skipApiVersionCheck", "--silent", "--disableTelemetry", .. _storage], _folder);
        const string Announcement = "successfully listens on ";
        var line = await _process.LineAsync(Announcement, stop);
        var address = new Uri(line[(line.IndexOf(Announcement, StringComparison.Ordinal) + Announcement.Length)..].Trim());
        _port = address.Port;
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={address.GetLeftPart(UriPartial.Authority)}/{Account};";
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
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
