using System.Net;
using Microsoft.Extensions.Logging;

namespace MailIngest.Settings;

/// <summary>Reads appsettings.json into <see cref="WorkerSettings"/>; what is refused is reported and reads as its default.</summary>
public static class SettingsFile
{
    /// <summary>Every key with its check, from top to bottom.</summary>
    public static WorkerSettings Bind(ConfigReader reader)
    {
        var settings = new WorkerSettings
        {
            File = reader.Document.File,
            MailboxFolder = reader.Path("mailboxes", "mailboxes"),
            Blobs = Blobs(reader.Section("blobs")),
            Ledger = Ledger(reader.Section("ledger")),
            Limits = Limits(reader.Section("limits")),
            Log = Log(reader.Section("log")),
            Run = Run(reader.Section("run")),
            Web = Web(reader.Section("web")),
            Telemetry = Telemetry(reader.Section("telemetry")),
        };
        reader.RefuseUnknownKeys();
        return settings;
    }

    static BlobSettings Blobs(ConfigReader reader)
    {
        reader.Require("store", "write \"store\": \"file\" or \"store\": \"azure\"");
        var azure = reader.Choice("store", false, ("file", false), ("azure", true));
        var folder = reader.Path("folder");
        var container = reader.Text("container");
        var connection = SecretKeys.Read(reader, "connectionString", "blob store");
        var account = Account(reader);
        var sas = SecretKeys.Read(reader, "sasUri", "blob store");
        reader.RefuseUnknownKeys();

        reader.RuleWhen("store", "file", ConfigRuleKind.All, "folder");
        reader.RuleWhen("store", "file", ConfigRuleKind.None, AzureKeys);
        reader.RuleWhen("store", "azure", ConfigRuleKind.None, "folder");
        reader.RuleWhen("store", "azure", ConfigRuleKind.Any, [.. AzureKeys.Where(key => key != "container")]);
        if (!azure)
        {
            foreach (var key in AzureKeys.Where(reader.Has))
                reader.Problem(key, "belongs to \"store\": \"azure\", but the store is file; remove it or change the store");
            if (!reader.Has("folder")) reader.Problem("folder", "is missing; write for example \"folder\": \"data/blobs\"");
            return new FileBlobSettings(folder ?? "");
        }
        if (reader.Has("folder"))
            reader.Problem("folder", "belongs to \"store\": \"file\", but the store is azure; remove it or change the store");
        return new AzureBlobSettings(Access(reader, container, connection, account, sas));
    }

    static readonly string[] AzureKeys =
    [
        "container", "accountUri",
        "connectionStringFile", "connectionStringCommand", "connectionStringEnv", "connectionString",
        "sasUriFile", "sasUriCommand", "sasUriEnv", "sasUri",
    ];

    static AzureAccess Access(ConfigReader reader, string? container, SecretSource? connection, Uri? account, SecretSource? sas)
    {
        string[] ways = [.. AzureKeys.Where(key => key != "container" && reader.Has(key))];
        string[] stems = [.. ways.Select(key => key[0] switch { 'c' => "connectionString", 's' => "sasUri", _ => key }).Distinct()];
        if (ways.Length == 0)
            reader.Problem("accountUri", "is missing; write for example \"accountUri\": \"https://ACCOUNT.blob.core.windows.net\" "
                + "(or connectionStringFile or sasUriFile)");
        if (stems.Length > 1)
            reader.Problem(ways[^1], $"is given besides {ways[0]}; keep one way to reach the container");

        if (sas is not null)
        {
            if (reader.Has("container")) reader.Problem("container", "is part of the URI that sasUri names; remove it here");
            return new AzureAccess.BySas(sas);
        }
        if (!reader.Has("container")) reader.Problem("container", "is missing; write for example \"container\": \"mail\"");
        else if (container is not null && !IsContainerName(container))
            reader.Problem("container", $"is {ConfigWords.Quote(container)}; "
                + "Azure allows 3 to 63 lower-case letters, digits and single hyphens");
        return connection is not null
            ? new AzureAccess.ByConnectionString(connection, container ?? "")
            : new AzureAccess.ByIdentity(account ?? new("https://invalid"), container ?? "");
    }

    static Uri? Account(ConfigReader reader)
    {
        if (reader.Text("accountUri") is not { } text) return null;
        const string Remedy = "write for example \"https://ACCOUNT.blob.core.windows.net\"";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)) reader.Problem("accountUri", $"is not a URI; {Remedy}");
        else if (uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            reader.Problem("accountUri", "holds a secret; use sasUriFile for a shared access signature");
        else if (uri.Scheme != "https") reader.Problem("accountUri", $"must start with https://; {Remedy}");
        else return uri;
        return null;
    }

    // 3 to 63 lower-case letters, digits and single hyphens, neither first nor last.
    static bool IsContainerName(string name) =>
        name.Length is >= 3 and <= 63 && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        && !name.StartsWith('-') && !name.EndsWith('-') && !name.Contains("--", StringComparison.Ordinal);

    static LedgerSettings Ledger(ConfigReader reader)
    {
        reader.Require("file", "write for example \"file\": \"data/ledger.db\"");
        var ledger = new LedgerSettings(reader.Path("file") ?? "");
        reader.RefuseUnknownKeys();
        return ledger;
    }

    static LimitSettings Limits(ConfigReader reader)
    {
        var defaults = new LimitSettings();
        var sessions = reader.Count("sessions", defaults.Sessions, 1, 1000);
        var perHost = reader.Count("sessionsPerHost", Math.Min(defaults.SessionsPerHost, sessions), 1, 1000);
        if (perHost > sessions)
            reader.Problem("sessionsPerHost", $"is {perHost}, more than the {sessions} sessions that are open at once; "
                + "lower it or raise sessions");
        var memory = reader.Size("memory", defaults.MemoryOctets, min: 8 << 20);
        reader.RefuseUnknownKeys();
        return new() { Sessions = sessions, SessionsPerHost = perHost, MemoryOctets = memory };
    }

    static LogSettings Log(ConfigReader reader)
    {
        var level = reader.Choice("level", LogLevel.Information, ("trace", LogLevel.Trace), ("debug", LogLevel.Debug),
            ("information", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error));
        var format = reader.Choice("format", LogFormat.Text, ("text", LogFormat.Text), ("json", LogFormat.Json));
        reader.RefuseUnknownKeys();
        return new(level, format);
    }

    static RunSettings Run(ConfigReader reader)
    {
        var run = new RunSettings(
            reader.Duration("shutdownGrace", new RunSettings().ShutdownGrace, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));
        reader.RefuseUnknownKeys();
        return run;
    }

    static WebSettings Web(ConfigReader reader)
    {
        var defaults = new WebSettings();
        var web = new WebSettings { Enabled = reader.Flag("enabled", true), Listen = Listen(reader) ?? defaults.Listen };
        reader.RefuseUnknownKeys();
        return web;
    }

    static IPEndPoint? Listen(ConfigReader reader)
    {
        if (reader.Text("listen") is not { } text) return null;
        // Without a port an address would parse too, and IPv6 addresses are full of colons.
        if (IPEndPoint.TryParse(text, out var listen) && listen.Port > 0
            && text.EndsWith($":{listen.Port}", StringComparison.Ordinal)) return listen;
        reader.Problem("listen",
            $"is {ConfigWords.Quote(text)}; write an address and a port like \"127.0.0.1:8110\", \"0.0.0.0:8110\" or \"[::]:8110\"");
        return null;
    }

    static TelemetrySettings Telemetry(ConfigReader reader)
    {
        var defaults = new TelemetrySettings();
        var telemetry = new TelemetrySettings
        {
            OtlpEndpoint = Endpoint(reader),
            Interval = reader.Duration("interval", defaults.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        };
        reader.RefuseUnknownKeys();
        return telemetry;
    }

    static Uri? Endpoint(ConfigReader reader)
    {
        if (reader.Text("otlpEndpoint") is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
        reader.Problem("otlpEndpoint", $"is {ConfigWords.Quote(text)}; write for example \"http://collector:4318\"");
        return null;
    }
}
