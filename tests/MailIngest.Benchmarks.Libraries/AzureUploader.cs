using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace MailIngest.Benchmarks.Libraries;

/// <summary>Azure.Storage.Blobs alone: what uploads can cost at best while it is the library that makes them.</summary>
static class AzureUploader
{
    /// <summary>Uploads so many equal bodies, after so many that are not counted: it then prints the seconds, of the wall and of the processor.</summary>
    public static async Task<int> UploadAsync(int port, int messages, int octets, int atOnce, int warmUp)
    {
        var key = Convert.ToBase64String(new byte[64]);
        var container = new BlobContainerClient(
            $"DefaultEndpointsProtocol=http;AccountName=bench;AccountKey={key};BlobEndpoint=http://127.0.0.1:{port}/bench;", "mail");
        var body = RandomNumberGenerator.GetBytes(octets);
        await UploadAsync(container, "warm", body, warmUp, atOnce);

        using var process = Process.GetCurrentProcess();
        var (clock, before) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        await UploadAsync(container, "mail", body, messages, atOnce);
        var wall = clock.Elapsed;
        process.Refresh();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"wall_s={wall.TotalSeconds} cpu_s={(process.TotalProcessorTime - before).TotalSeconds}"));
        return 0;
    }

    static async Task UploadAsync(BlobContainerClient container, string prefix, byte[] body, int messages, int atOnce)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            for (var number = Interlocked.Increment(ref next); number <= messages; number = Interlocked.Increment(ref next))
            {
                using var content = new MemoryStream(body, writable: false);
                var blob = container.GetBlockBlobClient(string.Create(CultureInfo.InvariantCulture, $"{prefix}/{number:x32}.eml"));
                await blob.UploadAsync(content, new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } });
            }
        })));
    }
}
