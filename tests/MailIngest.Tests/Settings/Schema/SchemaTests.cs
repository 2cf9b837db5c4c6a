using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Json.Schema;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings.Schema;

/// <summary>
/// The schemas under deploy/schema/ are what the binder asks for and what the samples say, and judge files as the binder does.
/// With MAILINGEST_WRITE_SCHEMA=1 this writes them anew.
/// </summary>
public class SchemaTests
{
    const string Good = """ "host": "pop.example.org", "username": "sales", "passwordFile": "p" """;
    const string GoodBlobs = """ "blobs": { "store": "file", "folder": "b" } """;
    const string GoodSettings = $$""" {{GoodBlobs}}, "ledger": { "file": "l" } """;

    static readonly System.Text.Json.JsonDocumentOptions Lenient = new()
        { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true };

    static string At(string path, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetFullPath("../../../..", Path.GetDirectoryName(here)!), path);

    static (string Schema, string Sample, string Title, Action<ConfigReader> Bind) Kind(string kind) => kind == "mailbox"
        ? ("deploy/schema/mailbox.schema.json", "deploy/mailboxes/sales.json", "A mailbox of MailIngest", reader =>
            MailboxFile.Bind(reader))
        : ("deploy/schema/appsettings.schema.json", "appsettings.json", "The settings of MailIngest", reader => SettingsFile.Bind(reader));

    [Theory]
    [InlineData("mailbox")]
    [InlineData("appsettings")]
    public async Task The_schema_says_what_the_binder_asks_for_in_the_words_of_the_sample(string kind)
    {
        var (schema, sample, title, bind) = Kind(kind);
        var report = new ConfigReport();
        var reader = new ConfigReader((await ConfigDocument.ReadAsync(At(sample), report, TestContext.Current.CancellationToken))!, report);
        bind(reader);
        var words = SampleComments.Read(await File.ReadAllTextAsync(At(sample), TestContext.Current.CancellationToken));

        var text = SchemaText.Of(title, reader.Shape, words);

        if (Environment.GetEnvironmentVariable("MAILINGEST_WRITE_SCHEMA") == "1")
            await File.WriteAllTextAsync(At(schema), text, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(At(schema), TestContext.Current.CancellationToken), text);
        Assert.All(words.Where(key => key.Key.Length > 0), key =>
            Assert.True(key.Value.Length > 5, $"{sample} does not explain {key.Key}"));
    }

    [Fact]
    public void The_samples_are_right_by_their_schemas()
    {
        foreach (var sample in Directory.EnumerateFiles(At("deploy/mailboxes"), "*.json"))
            Assert.True(Accepts("mailbox", File.ReadAllText(sample)), sample);
        Assert.True(Accepts("appsettings", File.ReadAllText(At("appsettings.json"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(", \"tls\": \"stls\", \"port\": 110, \"every\": \"1h30m\", \"maxMessageSize\": \"10MB\", \"oversize\": \"quarantine\"")]
    [InlineData(", \"schedule\": \"@daily\", \"timeZone\": \"UTC\", \"maxBytesPerSession\": 1000000, \"$schema\": \"x\"")]
    [InlineData(", \"timeout\": \"90s\", \"maxMessageSize\": \"64 kib\"")]
    [InlineData(", \"tlsCertificateFile\": \"c.pem\", \"tlsKeyFile\": \"k.pem\", \"tlsRevocation\": \"on\"")]
    public void What_the_binder_takes_the_schema_takes(string more) => AgreeOn("mailbox", $"{{ {Good}{more} }}", right: true);

    [Theory]
    [InlineData(", \"hots\": \"x\"")] // no such key
    [InlineData(", \"port\": 0")]
    [InlineData(", \"port\": 65536")]
    [InlineData(", \"port\": \"995\"")]
    [InlineData(", \"tls\": \"ssl\"")]
    [InlineData(", \"delete\": \"yes\"")]
    [InlineData(", \"timeout\": \"5 min\"")]
    [InlineData(", \"timeout\": 60")]
    [InlineData(", \"timeout\": \"\"")]
    [InlineData(", \"timeout\": \"1m1h\"")]
    [InlineData(", \"maxMessageSize\": \"10 megabytes\"")]
    [InlineData(", \"maxMessageSize\": -1")]
    [InlineData(", \"maxMessageSize\": \"10\"")]
    [InlineData(", \"passwordEnv\": \"P\"")] // two passwords
    [InlineData(", \"schedule\": \"@daily\", \"every\": \"5m\"")]
    [InlineData(", \"timeZone\": \"UTC\"")] // without a schedule
    [InlineData(", \"oversize\": \"skip\"")] // without a limit
    [InlineData(", \"id\": \"\"")]
    [InlineData(", \"id\": null")]
    [InlineData(", \"tlsFingerprint\": []")]
    [InlineData(", \"tls\": \"none\", \"allowPlaintextPassword\": true, \"tlsHostOverride\": \"a.example\"")]
    [InlineData(", \"signInAttempts\": 101")]
    [InlineData(", \"tlsKeyFile\": \"k.pem\"")] // without its certificate
    [InlineData(", \"tlsRevocation\": \"on\", \"tlsFingerprint\": \"pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"")]
    [InlineData(", \"tlsRevocation\": \"soft\"")]
    [InlineData(", \"auth\": \"external\", \"tlsCertificateFile\": \"c.pem\"")] // and a password
    public void What_the_binder_refuses_the_schema_refuses(string more) => AgreeOn("mailbox", $"{{ {Good}{more} }}", right: false);

    [Fact]
    public void A_certificate_needs_no_password_by_both() => AgreeOn("mailbox",
        """{ "host": "pop.example.org", "username": "sales", "auth": "external", "tlsCertificateFile": "c.pem" }""", right: true);

    [Theory]
    [InlineData("\"oauthClientSecretFile\": \"s\", \"oauthTenant\": \"t\", \"oauthClientId\": \"c\", \"oauthProvider\": \"microsoft\"", true)]
    [InlineData("\"oauthIdentity\": \"managed\", \"oauthProvider\": \"microsoft\"", true)]
    [InlineData("\"oauthServiceAccountFile\": \"s\", \"oauthProvider\": \"google\"", true)]
    [InlineData("\"oauthRefreshTokenFile\": \"r\", \"oauthIdentity\": \"managed\", \"oauthProvider\": \"microsoft\"", false)] // two ways
    [InlineData("\"passwordFile\": \"p\"", false)]
    [InlineData("\"passwordFile\": \"p\", \"oauthServiceAccountFile\": \"s\", \"oauthProvider\": \"google\"", false)]
    [InlineData("\"oauthIdentity\": \"magic\"", false)]
    [InlineData("\"oauthProvider\": \"google\"", false)]
    public void Tokens_are_judged_alike(string keys, bool right) =>
        AgreeOn("mailbox", $$"""{ "host": "pop.example.org", "username": "sales", "auth": "oauth", {{keys}} }""", right);

    [Theory]
    [InlineData("\"username\": \"sales\", \"passwordFile\": \"p\"")]
    [InlineData("\"host\": \"pop.example.org\", \"passwordFile\": \"p\"")]
    [InlineData("\"host\": \"pop.example.org\", \"username\": \"sales\"")]
    [InlineData("\"host\": \"pop.example.org\", \"username\": \"sales\", \"auth\": \"plain\"")]
    [InlineData("\"host\": \"pop.example.org\", \"username\": \"sales\", \"auth\": \"external\"")]
    [InlineData("\"host\": \"pop.example.org\", \"auth\": \"external\", \"tlsCertificateFile\": \"c.pem\"")]
    public void What_is_missing_is_missed_by_both(string rest) => AgreeOn("mailbox", $"{{ {rest} }}", right: false);

    [Theory]
    [InlineData(GoodSettings, true)]
    [InlineData(GoodSettings + """, "$schema": "x", "web": { "enabled": false }, "limits": { "memory": "8MiB" } """, true)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "azure", "container": "mail", "accountUri": "https://a.blob.core.windows.net" } """, true)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "azure", "sasUriFile": "sas" } """, true)]
    [InlineData(GoodBlobs, false)] // no ledger
    [InlineData(""" "ledger": { "file": "l" } """, false)] // no blobs
    [InlineData(GoodBlobs + """, "ledger": { } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "file" } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "folder": "b" } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "file", "folder": "b", "container": "mail" } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "azure", "folder": "b", "sasUriFile": "sas" } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "azure", "container": "mail" } """, false)]
    [InlineData(""" "ledger": { "file": "l" }, "blobs": { "store": "azure", "sasUriFile": "sas", "sasUriEnv": "SAS" } """, false)]
    [InlineData(GoodSettings + """, "log": { "level": "loud" } """, false)]
    [InlineData(GoodSettings + """, "log": { "$schema": "only at the top" } """, false)]
    [InlineData(GoodSettings + """, "limits": { "sessions": 0 } """, false)]
    [InlineData(GoodSettings + """, "limits": [] """, false)]
    public void The_settings_are_judged_alike(string keys, bool right) => AgreeOn("appsettings", $"{{ {keys} }}", right);

    static void AgreeOn(string kind, string json, bool right)
    {
        var report = new ConfigReport();
        Kind(kind).Bind(new(ConfigDocument.Parse(At("sales.json"), Encoding.UTF8.GetBytes(json), report)!, report));
        Assert.True(right == (report.Problems.Count == 0),
            $"The binder {(right ? "refuses" : "takes")} {json}: {string.Join("; ", report.Problems)}");
        Assert.True(right == Accepts(kind, json), $"The schema {(right ? "refuses" : "takes")} {json}");
    }

    static bool Accepts(string kind, string json) =>
        JsonSchema.FromText(File.ReadAllText(At(Kind(kind).Schema))).Evaluate(JsonNode.Parse(json, documentOptions: Lenient)).IsValid;
}
