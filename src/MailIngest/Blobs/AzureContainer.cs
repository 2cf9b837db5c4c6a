using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace MailIngest.Blobs;

/// <summary>Which container of Azure Blob Storage, and how to sign in: exactly one of the three ways.</summary>
/// <remarks>Its text form names the place and never a secret.</remarks>
public sealed record AzureContainer
{
    /// <summary>A connection string with an account key or a SAS: secret.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The account, "https://NAME.blob.core.windows.net"; signs in with <see cref="DefaultAzureCredential"/> (workload or managed identity,
    /// environment, Azure CLI).</summary>
    public Uri? AccountUri { get; init; }

    /// <summary>A SAS address of the container or the account: secret.</summary>
    public Uri? SasUri { get; init; }

    /// <summary>The container's name; not needed when <see cref="SasUri"/> names it.</summary>
    public string? Container { get; init; }

    /// <summary>What is wrong, each in one sentence for the person who wrote it; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        var ways = (ConnectionString is null ? 0 : 1) + (AccountUri is null ? 0 : 1) + (SasUri is null ? 0 : 1);
        if (ways != 1)
            problems.Add($"{(ways == 0 ? "No way" : "More than one way")} to sign in to Azure is given: set exactly one of connectionString, accountUri, sasUri.");

        if (AccountUri is { } account && (!IsWeb(account) || account.Query.Length > 0))
            problems.Add("accountUri must be an address like https://NAME.blob.core.windows.net without '?'; an address with a signature belongs into sasUri.");
        if (SasUri is { } sas && (!IsWeb(sas) || !sas.Query.Contains("sig=", StringComparison.Ordinal)))
            problems.Add("sasUri must be an http(s) address that carries a signature (sig=…): copy the whole \"Blob SAS URL\".");
        if (ConnectionString is not null && !CanRead(ConnectionString))
            problems.Add("connectionString cannot be read: copy it whole from the storage account's access keys (AccountName=…;AccountKey=…).");

        if (ContainerName is null)
            problems.Add("No container is named: set container.");
        else if (!IsContainerName(ContainerName))
            problems.Add($"Container \"{Uri.EscapeDataString(ContainerName)}\" cannot exist: 3 to 63 lower-case letters, digits and single dashes, beginning and ending with a letter or digit.");
        return problems;
    }

    /// <summary>The container's name, wherever it was given.</summary>
    internal string? ContainerName => Container ?? (SasUri is { } sas && IsWeb(sas) ? NullIfEmpty(new BlobUriBuilder(sas).BlobContainerName) : null);

    /// <summary>The container's client.</summary>
    /// <param name="options">Retries, transport.</param>
    /// <param name="credential">Who signs in where only the account's address is given.</param>
    internal BlobContainerClient Client(BlobClientOptions options, TokenCredential? credential = null)
    {
        if (ConnectionString is not null)
            return new BlobContainerClient(ConnectionString, ContainerName, options);
        if (SasUri is not null)
            return new BlobContainerClient(new BlobUriBuilder(SasUri) { BlobContainerName = ContainerName }.ToUri(), options);

        var container = new BlobUriBuilder(AccountUri!) { BlobContainerName = ContainerName }.ToUri();
        return new BlobContainerClient(container, credential ?? new DefaultAzureCredential(), options);
    }

    /// <summary>The place, without its secrets.</summary>
    public override string ToString()
    {
        var address = AccountUri ?? SasUri;
        return $"container {ContainerName}{(address is null ? "" : $" at {address.GetLeftPart(UriPartial.Authority)}")}";
    }

    static bool IsWeb(Uri address) => address.IsAbsoluteUri && address.Scheme is "https" or "http";

    static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    static bool CanRead(string connectionString)
    {
        try
        {
            _ = new BlobContainerClient(connectionString, "container");
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    static bool IsContainerName(string name) =>
        name is "$root" || (name.Length is >= 3 and <= 63 && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal)
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));
}
