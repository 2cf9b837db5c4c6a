using System.Text.Json.Nodes;

namespace MailIngest.Benchmarks.Peers;

/// <summary>MailIngest into a container of Azure Blob Storage, or of what speaks like it.</summary>
internal sealed class UploadingWorker(string program) : Worker(program)
{
    protected override JsonObject Blobs(Errand errand) => new()
    {
        ["store"] = "azure",
        ["container"] = "mail",
        ["connectionStringFile"] = errand.Secret("connection",
            $"DefaultEndpointsProtocol=http;AccountName=bench;AccountKey={Convert.ToBase64String(new byte[64])};"
            + FormattableString.Invariant($"BlobEndpoint=http://127.0.0.1:{errand.BlobPort}/bench;")),
    };
}
