using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;

namespace MailIngest.SystemTests.Worker;

/// <summary>A blob that the worker made, read back by other means than the worker's.</summary>
internal sealed record FoundBlob(string Name, long Octets, string Sha256);

/// <summary>Where the worker stores: how its settings say so, and what is really there.</summary>
internal abstract class BlobPlace
{
    /// <summary>The "blobs" of the settings file.</summary>
    public abstract JsonObject Settings { get; }

    /// <summary>Every message there, by name.</summary>
    public abstract Task<IReadOnlyList<FoundBlob>> ReadAsync(CancellationToken stop);

    private protected static async Task<FoundBlob> HashAsync(string name, Stream content, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var octets = 0L;
        for (int read; (read = await content.ReadAsync(buffer, stop)) > 0; octets += read)
            hash.AppendData(buffer, 0, read);
        return new FoundBlob(name, octets, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

/// <summary>A folder.</summary>
internal sealed class BlobFolder(string folder) : BlobPlace
{
    public string Folder => folder;

    public override JsonObject Settings => new() { ["store"] = "file", ["folder"] = folder };

    public override async Task<IReadOnlyList<FoundBlob>> ReadAsync(CancellationToken stop)
    {
        var found = new List<FoundBlob>();
        if (!Directory.Exists(folder))
            return found;
        foreach (var path in Directory.EnumerateFiles(folder, "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await using var file = File.OpenRead(path);
            found.Add(await HashAsync(Path.GetRelativePath(folder, path), file, stop));
        }
        return found;
    }
}

/// <summary>A container of the storage emulator.</summary>
internal sealed class BlobContainer(string connectionString, BlobContainerClient container) : BlobPlace
{
    public override JsonObject Settings =>
        new() { ["store"] = "azure", ["connectionString"] = connectionString, ["container"] = container.Name };

    public override async Task<IReadOnlyList<FoundBlob>> ReadAsync(CancellationToken stop)
    {
        var found = new List<FoundBlob>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: stop))
        {
            if (blob.Name.StartsWith(".mailingest/", StringComparison.Ordinal))
                continue; // what the worker tries a store out with that was in trouble
            await using var content = await container.GetBlobClient(blob.Name).OpenReadAsync(cancellationToken: stop);
            found.Add(await HashAsync(blob.Name, content, stop));
        }
        return found;
    }
}
