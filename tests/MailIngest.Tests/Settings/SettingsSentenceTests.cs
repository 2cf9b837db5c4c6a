using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>Each way to write appsettings.json wrong, and the exact sentence it earns.</summary>
public class SettingsSentenceTests
{
    const string Blobs = "\"blobs\": { \"store\": \"file\", \"folder\": \"blobs\" }";
    const string Ledger = "\"ledger\": { \"file\": \"ledger.db\" }";
    const string Azure = "\"store\": \"azure\", \"container\": \"mail\"";
    const string Account = "\"accountUri\": \"https://acct.blob.core.windows.net\"";

    static async Task<string[]> ProblemsAsync(params string[] lines)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(""));
        folder.Write("appsettings.json", $"{{\n{string.Join(",\n", lines)}\n}}");
        return await folder.ProblemsAsync();
    }

    [Theory]
    [InlineData("\"blobs\": 7", "blobs must be an object: { … }, not a number",
        "blobs.store is missing; write \"store\": \"file\" or \"store\": \"azure\"",
            "blobs.folder is missing; write for example \"folder\": \"data/blobs\"")]
    [InlineData("\"blobs\": { \"folder\": \"b\" }", "blobs.store is missing; write \"store\": \"file\" or \"store\": \"azure\"")]
    [InlineData("\"blobs\": { \"store\": \"s3\", \"folder\": \"b\" }", "blobs.store is \"s3\"; write file or azure")]
    [InlineData("\"blobs\": { \"store\": \"file\" }", "blobs.folder is missing; write for example \"folder\": \"data/blobs\"")]
    [InlineData("\"blobs\": { \"store\": \"file\", \"folder\": \"b\", \"container\": \"mail\" }",
        "blobs.container belongs to \"store\": \"azure\", but the store is file; remove it or change the store")]
    [InlineData("\"blobs\": { " + Azure + ", \"folder\": \"b\", " + Account + " }",
        "blobs.folder belongs to \"store\": \"file\", but the store is azure; remove it or change the store")]
    [InlineData("\"blobs\": { " + Azure + " }",
        "blobs.accountUri is missing; write for example \"accountUri\": \"https://ACCOUNT.blob.core.windows.net\" (or "
            + "connectionStringFile or sasUriFile)")]
    [InlineData("\"blobs\": { " + Azure + ", " + Account + ", \"connectionStringEnv\": \"BLOBS\" }",
        "blobs.connectionStringEnv is given besides accountUri; keep one way to reach the container")]
    [InlineData("\"blobs\": { " + Azure + ", \"connectionStringFile\": \"/a\", \"connectionStringEnv\": \"BLOBS\" }",
        "blobs.connectionStringEnv is given besides connectionStringFile; keep one of them")]
    [InlineData("\"blobs\": { " + Azure + ", \"sasUriEnv\": \"SAS\" }",
        "blobs.container is part of the URI that sasUri names; remove it here")]
    [InlineData("\"blobs\": { \"store\": \"azure\", " + Account + " }",
        "blobs.container is missing; write for example \"container\": \"mail\"")]
    [InlineData("\"blobs\": { \"store\": \"azure\", \"container\": \"My Mail\", " + Account + " }",
        "blobs.container is \"My Mail\"; Azure allows 3 to 63 lower-case letters, digits and single hyphens")]
    [InlineData("\"blobs\": { " + Azure + ", \"accountUri\": \"acct\" }",
        "blobs.accountUri is not a URI; write for example \"https://ACCOUNT.blob.core.windows.net\"")]
    [InlineData("\"blobs\": { " + Azure + ", \"accountUri\": \"http://acct.blob.core.windows.net\" }",
        "blobs.accountUri must start with https://; write for example \"https://ACCOUNT.blob.core.windows.net\"")]
    [InlineData("\"blobs\": { " + Azure + ", \"accountUri\": \"https://acct.blob.core.windows.net?sig=canary\" }",
        "blobs.accountUri holds a secret; use sasUriFile for a shared access signature")]
    [InlineData("\"blobs\": { \"store\": \"file\", \"folder\": \"b\", \"foldr\": \"c\" }",
        "blobs.foldr is not a setting; did you mean folder?")]
    public async Task A_wrong_blob_store_earns_exactly_these_sentences(string blobs, params string[] sentences) =>
        Assert.Equal(sentences.Select(sentence => $"appsettings.json:2: {sentence}"), await ProblemsAsync(blobs, Ledger));

    [Theory]
    [InlineData("\"ledger\": {}", "ledger.file is missing; write for example \"file\": \"data/ledger.db\"")]
    [InlineData("\"ledger\": { \"file\": \"\" }", "ledger.file is empty; write a value or remove the key")]
    [InlineData("\"ledger\": { \"file\": \"a\", \"path\": \"b\" }", "ledger.path is not a setting; the settings here are file")]
    public async Task A_wrong_ledger_earns_exactly_this_sentence(string ledger, string sentence) =>
        Assert.Equal([$"appsettings.json:2: {sentence}"], await ProblemsAsync(ledger, Blobs));

    [Theory]
    [InlineData("\"limits\": { \"sessions\": 0 }", "limits.sessions is 0; write a number from 1 to 1000")]
    [InlineData("\"limits\": { \"sessions\": 2, \"sessionsPerHost\": 3 }",
        "limits.sessionsPerHost is 3, more than the 2 sessions that are open at once; lower it or raise sessions")]
    [InlineData("\"limits\": { \"sessionsPerHost\": \"4\" }",
        "limits.sessionsPerHost must be a whole number without quotes from 1 to 1000, not text")]
    [InlineData("\"limits\": { \"memory\": \"1MB\" }", "limits.memory is \"1MB\"; write at least 8MiB")]
    [InlineData("\"limits\": { \"memory\": 1000 }", "limits.memory is 1000; write at least 8MiB")]
    [InlineData("\"web\": { \"listen\": \"127.0.0.1\" }",
        "web.listen is \"127.0.0.1\"; write an address and a port like \"127.0.0.1:8110\", \"0.0.0.0:8110\" or \"[::]:8110\"")]
    [InlineData("\"web\": { \"listen\": \"[::1]\" }",
        "web.listen is \"[::1]\"; write an address and a port like \"127.0.0.1:8110\", \"0.0.0.0:8110\" or \"[::]:8110\"")]
    [InlineData("\"telemetry\": { \"otlpEndpoint\": \"collector:4318\" }",
        "telemetry.otlpEndpoint is \"collector:4318\"; write for example \"http://collector:4318\"")]
    [InlineData("\"run\": { \"shutdownGrace\": \"0s\" }", "run.shutdownGrace is \"0s\"; write a duration from 1s to 1h")]
    [InlineData("\"limits\": []", "limits must be an object: { … }, not a list")]
    [InlineData("\"log\": { \"level\": \"verbose\" }", "log.level is \"verbose\"; write trace, debug, information, warning or error")]
    [InlineData("\"log\": { \"format\": \"xml\" }", "log.format is \"xml\"; write text or json")]
    [InlineData("\"log\": null", "log is null; write a value or remove the key")]
    [InlineData("\"Logging\": {}",
        "Logging is not a setting; the settings here are mailboxes, blobs, ledger, limits, log, run, web, telemetry")]
    [InlineData("\"mailboxs\": \"m\"", "mailboxs is not a setting; did you mean mailboxes?")]
    [InlineData("\"mailboxes\": [\"m\"]", "mailboxes must be text in double quotes, not a list")]
    public async Task A_wrong_line_earns_exactly_this_sentence(string line, string sentence) =>
        Assert.Equal([$"appsettings.json:2: {sentence}"], await ProblemsAsync(line, Blobs, Ledger));

    [Fact]
    public async Task What_is_missing_altogether_is_named_too() =>
        Assert.Equal(
            [
                "appsettings.json:1: blobs.store is missing; write \"store\": \"file\" or \"store\": \"azure\"",
                "appsettings.json:1: blobs.folder is missing; write for example \"folder\": \"data/blobs\"",
                "appsettings.json:1: ledger.file is missing; write for example \"file\": \"data/ledger.db\"",
            ],
            await ProblemsAsync());

    [Fact]
    public async Task A_missing_file_says_so()
    {
        using var folder = new ConfigFolder();
        var thrown = await Assert.ThrowsAsync<MailIngest.Settings.ConfigurationException>(() =>
            MailIngest.Mailboxes.Configuration.ReadAsync(Path.Combine(folder.Path, "none.json"), TestContext.Current.CancellationToken));
        Assert.Equal($"{folder.Path}/none.json: there is no such file; create it or correct its path", thrown.Message);
    }
}
