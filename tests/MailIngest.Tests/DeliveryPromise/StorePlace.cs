using System.Security.Cryptography;
using Azure.Storage.Blobs;
using MailIngest.Blobs;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>Where the blobs are, as somebody sees it who does not use our stores: a folder, or a container of Azurite.</summary>
sealed class StorePlace(AzureContainer? azure, string folder, TimeProvider clock)
{
    const string Temporary = ".tmp";

    public IBlobStore Open() => azure is null ? FileBlobStore.Open(folder, clock) : AzureBlobStore.Open(azure);

    /// <summary>Content of each visible blob by its name.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ReadAllAsync(CancellationToken stop)
    {
        var blobs = new Dictionary<string, byte[]>();
        if (azure is null)
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                if (Path.GetRelativePath(folder, file) is var name && !name.StartsWith(Temporary, StringComparison.Ordinal))
                    blobs[name] = await File.ReadAllBytesAsync(file, stop);
        }
        else
        {
            await foreach (var blob in Container.GetBlobsAsync(cancellationToken: stop))
                blobs[blob.Name] = (await Container.GetBlobClient(blob.Name).DownloadContentAsync(stop)).Value.Content.ToArray();
        }
        return blobs;
    }

    /// <summary>SHA-256 of each visible blob by its name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> HashAllAsync(CancellationToken stop) =>
        (await ReadAllAsync(stop)).ToDictionary(blob => blob.Key, blob => Hash(blob.Value));

    /// <summary>SHA-256 of the blob of this name; null when there is none.</summary>
    public async Task<string?> HashAsync(string name, CancellationToken stop)
    {
        if (azure is null)
            return File.Exists(Path.Combine(folder, name)) ? Hash(await File.ReadAllBytesAsync(Path.Combine(folder, name), stop)) : null;
        var blob = Container.GetBlobClient(name);
        return await blob.ExistsAsync(stop) ? Hash((await blob.DownloadContentAsync(stop)).Value.Content.ToArray()) : null;
    }

    static string Hash(byte[] octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    public async Task DeleteAsync(string name, CancellationToken stop)
    {
        if (azure is null)
            File.Delete(Path.Combine(folder, name));
        else
            await Container.DeleteBlobAsync(name, cancellationToken: stop);
    }

    BlobContainerClient Container => new(azure!.ConnectionString, azure.Container);
}
