using MailIngest.Settings;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>What a good appsettings.json means.</summary>
public class SettingsFileTests
{
    static async Task<(WorkerSettings Settings, string Folder)> ReadAsync(string text)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(""));
        folder.Write("appsettings.json", text);
        return ((await folder.ReadAsync()).Settings, folder.Path);
    }

    static async Task<AzureAccess> AccessAsync(string keys)
    {
        var (settings, _) = await ReadAsync($"{{ \"blobs\": {{ \"store\": \"azure\", {keys} }}, \"ledger\": {{ \"file\": \"l\" }} }}");
        return Assert.IsType<AzureBlobSettings>(settings.Blobs).Access;
    }

    [Fact]
    public async Task The_least_file_gives_every_default_and_absolute_paths()
    {
        var (settings, folder) = await ReadAsync(ConfigFolder.GoodSettings);
        Assert.Equal($"{folder}/appsettings.json", settings.File);
        Assert.Equal($"{folder}/mailboxes", settings.MailboxFolder);
        Assert.Equal(new FileBlobSettings($"{folder}/blobs"), settings.Blobs);
        Assert.Equal(new LedgerSettings($"{folder}/ledger.db"), settings.Ledger);
        Assert.Equal(new LimitSettings { Sessions = 16, SessionsPerHost = 4, MemoryOctets = 64 << 20 }, settings.Limits);
        Assert.Equal(new LogSettings(LogLevel.Information, LogFormat.Text), settings.Log);
    }

    [Fact]
    public async Task Every_key_finds_its_place()
    {
        var (settings, _) = await ReadAsync("""
            {
              "blobs": { "store": "file", "folder": "/var/mail/blobs" },
              "ledger": { "file": "/var/mail/ledger.db" },
              "limits": { "sessions": 50, "sessionsPerHost": 8, "memory": "1GiB" },
              "log": { "level": "trace", "format": "json" },
            }
            """);
        Assert.Equal(new FileBlobSettings("/var/mail/blobs"), settings.Blobs);
        Assert.Equal("/var/mail/ledger.db", settings.Ledger.File);
        Assert.Equal(new LimitSettings { Sessions = 50, SessionsPerHost = 8, MemoryOctets = 1 << 30 }, settings.Limits);
        Assert.Equal(new LogSettings(LogLevel.Trace, LogFormat.Json), settings.Log);
    }

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("information", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("error", LogLevel.Error)]
    public async Task Each_word_is_a_log_level(string word, LogLevel level)
    {
        var (settings, _) = await ReadAsync(
            $"{{ \"log\": {{ \"level\": \"{word}\" }}, \"blobs\": {{ \"store\": \"file\", \"folder\": \"b\" }}, \"ledger\": {{ \"file\": \"l\" }} }}");
        Assert.Equal(level, settings.Log.Level);
    }

    [Fact]
    public async Task One_session_at_once_is_also_one_per_host()
    {
        var (settings, _) = await ReadAsync(
            "{ \"limits\": { \"sessions\": 1 }, \"blobs\": { \"store\": \"file\", \"folder\": \"b\" }, \"ledger\": { \"file\": \"l\" } }");
        Assert.Equal(1, settings.Limits.SessionsPerHost);
    }

    [Fact]
    public async Task An_account_is_signed_in_to_with_an_identity()
    {
        var access = await AccessAsync("\"container\": \"mail\", \"accountUri\": \"https://acct.blob.core.windows.net\"");
        Assert.Equal(new AzureAccess.ByIdentity(new("https://acct.blob.core.windows.net"), "mail"), access);
    }

    [Fact]
    public async Task A_connection_string_comes_from_a_secret()
    {
        var access = Assert.IsType<AzureAccess.ByConnectionString>(await AccessAsync("\"container\": \"mail\", \"connectionStringFile\": \"/run/secrets/blobs\""));
        Assert.Equal("mail", access.Container);
        Assert.Equal("/run/secrets/blobs", Assert.IsType<FileSecret>(access.ConnectionString).Path);
    }

    [Fact]
    public async Task A_sas_uri_comes_from_a_secret_and_names_its_container()
    {
        var access = Assert.IsType<AzureAccess.BySas>(await AccessAsync("\"sasUriCommand\": [\"az\", \"sas\"]"));
        Assert.Equal(["az", "sas"], Assert.IsType<CommandSecret>(access.ContainerUri).Arguments);
    }

    [Fact]
    public async Task A_connection_string_in_the_file_warns()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(""));
        folder.Write("appsettings.json", "{ \"blobs\": { \"store\": \"azure\", \"container\": \"mail\",\n\"connectionString\": \"canary\" }, \"ledger\": { \"file\": \"l\" } }");
        var warnings = await folder.WarningsAsync();
        Assert.StartsWith("appsettings.json:2: blobs.connectionString is written into the file itself; ", warnings[0], StringComparison.Ordinal);
        Assert.DoesNotContain(warnings, warning => warning.Contains("canary", StringComparison.Ordinal));
    }
}
