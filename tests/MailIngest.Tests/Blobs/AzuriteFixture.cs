using System.Diagnostics;
using Azure.Storage.Blobs;
using MailIngest.Blobs;
using MailIngest.Tests.Blobs;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace MailIngest.Tests.Blobs;

/// <summary>One real Azurite for all tests that want one, on a free loopback port, in memory, started at the first use and stopped by its process id.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    /// <summary>What tests without it are skipped with.</summary>
    public const string Missing = "azurite-blob is neither on PATH nor in tests/node_modules/.bin (npm package azurite 3.37.0)";

    // The account and key that every Azurite knows; documented, no secret.
    const string Account = "devstoreaccount1";
    const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    readonly Lazy<Task<Uri>> _started;
    Process? _process;
    string? _folder;

    public AzuriteFixture() => _started = new(StartAsync);

    /// <summary>Where azurite-blob is; null when it is not installed.</summary>
    public static string? Program { get; } = Find();

    /// <summary>A new, empty container, and the settings that lead to it.</summary>
    public async Task<AzureContainer> NewContainerAsync()
    {
        Assert.SkipUnless(Program is not null, Missing);
        var settings = await SettingsAsync($"mail-{Guid.NewGuid():N}");
        await new BlobContainerClient(settings.ConnectionString, settings.Container).CreateAsync();
        return settings;
    }

    /// <summary>Settings for a container that nobody made.</summary>
    public async Task<AzureContainer> SettingsAsync(string container)
    {
        Assert.SkipUnless(Program is not null, Missing);
        var endpoint = await _started.Value;
        return new AzureContainer
        {
            ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={endpoint}{Account};",
            Container = container,
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true); // by process id: this one and its children
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    async Task<Uri> StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("azurite-").FullName;
        string[] arguments = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
        _process = Process.Start(new ProcessStartInfo(Program!, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder,
        })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();

        var said = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.IndexOf("listens on http", StringComparison.Ordinal) is >= 0 and var at)
            {
                _ = _process.StandardOutput.ReadToEndAsync(); // keeps its pipe from filling
                return new Uri(line[(at + "listens on ".Length)..].Trim());
            }
        }

        throw new InvalidOperationException($"{Program} ended before it listened: {string.Join(" | ", said)}");
    }

    static string? Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(folder => folder.Length > 0).ToList();
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            folders.Add(Path.Combine(folder.FullName, "node_modules", ".bin"));
            folders.Add(Path.Combine(folder.FullName, "tests", "node_modules", ".bin"));
        }

        return folders.Select(folder => Path.Combine(folder, "azurite-blob")).FirstOrDefault(File.Exists);
    }
}
