using System.Net;
using Microsoft.Extensions.Logging;

namespace MailIngest.Settings;

/// <summary>What appsettings.json says about the worker as a whole. All paths are absolute.</summary>
public sealed record WorkerSettings
{
    /// <summary>The settings file itself, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The folder with one JSON file per mailbox.</summary>
    public required string MailboxFolder { get; init; }

    public required BlobSettings Blobs { get; init; }

    public required LedgerSettings Ledger { get; init; }

    public LimitSettings Limits { get; init; } = new();

    public LogSettings Log { get; init; } = new();

    public RunSettings Run { get; init; } = new();

    public WebSettings Web { get; init; } = new();

    public TelemetrySettings Telemetry { get; init; } = new();
}

/// <summary>Where messages end up: a folder or an Azure container.</summary>
public abstract record BlobSettings;

/// <summary>Blobs are files below <paramref name="Folder"/>.</summary>
public sealed record FileBlobSettings(string Folder) : BlobSettings;

/// <summary>Blobs are block blobs in an Azure container.</summary>
public sealed record AzureBlobSettings(AzureAccess Access) : BlobSettings;

/// <summary>How an Azure container is reached.</summary>
public abstract record AzureAccess
{
    /// <summary>A storage account's connection string and a container in it.</summary>
    public sealed record ByConnectionString(SecretSource ConnectionString, string Container) : AzureAccess;

    /// <summary>The account's URI (https) and a container in it, signed in to with DefaultAzureCredential.</summary>
    public sealed record ByIdentity(Uri Account, string Container) : AzureAccess;

    /// <summary>The URI of the container with its shared access signature.</summary>
    public sealed record BySas(SecretSource ContainerUri) : AzureAccess;
}

/// <summary>The SQLite database that remembers every unique-id.</summary>
public sealed record LedgerSettings(string File);

/// <summary>What the worker may use at most, over all mailboxes.</summary>
public sealed record LimitSettings
{
    /// <summary>POP3 sessions open at once.</summary>
    public int Sessions { get; init; } = 16;

    /// <summary>POP3 sessions open at once to one host.</summary>
    public int SessionsPerHost { get; init; } = 4;

    /// <summary>Octets of messages held in memory while they are uploaded.</summary>
    public long MemoryOctets { get; init; } = 64 << 20;
}

/// <summary>How much is logged, and in which form.</summary>
public sealed record LogSettings(LogLevel Level = LogLevel.Information, LogFormat Format = LogFormat.Text);

/// <summary>The form of a log line.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For log collectors: one JSON object a line.</summary>
    Json,
}

/// <summary>How <c>run</c> and <c>once</c> end.</summary>
/// <param name="ShutdownGrace">From the first signal to the end of the process, at the latest.</param>
public sealed record RunSettings(TimeSpan ShutdownGrace)
{
    /// <summary>Below the 30 s that Kubernetes gives by default.</summary>
    public RunSettings() : this(TimeSpan.FromSeconds(25))
    {
    }
}

/// <summary>The web server of <c>run</c>: status page, health, metrics.</summary>
public sealed record WebSettings
{
    /// <summary>The port that is used unless another is set.</summary>
    public const int DefaultPort = 8110;

    public bool Enabled { get; init; } = true;

    /// <summary>Where it listens; anything but loopback has to be asked for.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, DefaultPort);
}

/// <summary>Where metrics and traces are pushed.</summary>
public sealed record TelemetrySettings
{
    /// <summary>An OTLP endpoint (HTTP); null: nothing is pushed.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Between two pushes of metrics.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);
}
