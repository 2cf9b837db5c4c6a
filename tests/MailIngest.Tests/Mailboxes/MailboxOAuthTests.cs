using MailIngest.Pop3;
using MailIngest.Tests.Settings;
using MailIngest.Tokens;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>Which keys make which way to get tokens, and each way to write them wrong with the sentence it earns.</summary>
public class MailboxOAuthTests
{
    const string Host = "\"host\": \"pop.example.org\"";
    const string Client = "\"oauthClientId\": \"app\"";
    const string Tenant = "\"oauthTenant\": \"contoso.example\"";
    const string AnEndpoint = "\"oauthTokenEndpoint\": \"https://login.example.org/token\"";

    [Theory]
    [InlineData("outlook.office365.com", $"{Tenant}, {Client}, \"oauthClientSecretFile\": \"s\"",
        "asking https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token for a token of app by its secret", "https://outlook.office365.com/.default")]
    [InlineData("outlook.office365.com", $"{Tenant}, {Client}, \"oauthCertificateFile\": \"/c.pem\"",
        "asking Entra ID for a token of app by the certificate in /c.pem", "https://outlook.office365.com/.default")]
    [InlineData("outlook.office365.com", $"{Tenant}, {Client}, \"oauthRefreshTokenFile\": \"/r\"",
        "asking https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token for a token of app by the refresh token in /r",
        "https://outlook.office.com/POP.AccessAsUser.All offline_access")]
    [InlineData("outlook.office365.com", "\"oauthIdentity\": \"managed\"",
        "asking this machine for a token of its managed identity", "https://outlook.office365.com/.default")]
    [InlineData("outlook.office365.com", "\"oauthIdentity\": \"workload\"",
        "asking Entra ID for a token of AZURE_CLIENT_ID by workload identity", "https://outlook.office365.com/.default")]
    [InlineData("pop.gmail.com", "\"oauthServiceAccountFile\": \"/a.json\"",
        "asking https://oauth2.googleapis.com/token for a token for sales@example.org by the service account in /a.json", "https://mail.google.com/")]
    [InlineData("pop.gmail.com", $"{Client}, \"oauthClientSecretFile\": \"s\", \"oauthRefreshTokenFile\": \"/r\"",
        "asking https://oauth2.googleapis.com/token for a token of app by the refresh token in /r", null)]
    [InlineData("pop.example.org", $"{Client}, {AnEndpoint}, \"oauthClientSecretFile\": \"s\"",
        "asking https://login.example.org/token for a token of app by its secret", null)]
    [InlineData("pop.example.org", $"{Client}, \"oauthTokenEndpoint\": \"http://127.0.0.1:8080/token\", \"oauthRefreshTokenFile\": \"/r\", \"oauthScope\": \"pop\"",
        "asking http://127.0.0.1:8080/token for a token of app by the refresh token in /r", "pop")]
    public async Task Keys_make_a_way_and_the_provider_its_defaults(string host, string keys, string way, string? scope)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox($"\"host\": \"{host}\", \"auth\": \"oauth\", {keys}", "host", "password"));
        var mailbox = Assert.Single((await folder.ReadAsync()).Mailboxes);
        Assert.Equal((way, scope, SignInMechanism.Auto), (mailbox.OAuth!.Way, mailbox.OAuth.Scope, mailbox.Mechanism));
        Assert.IsType<CredentialStandIn>(mailbox.Password);
    }

    [Theory]
    [InlineData("", "auth needs a way to get tokens; write one of oauthClientSecretFile, oauthCertificateFile, oauthRefreshTokenFile, oauthServiceAccountFile and oauthIdentity")]
    [InlineData("\"tls\": \"none\", \"allowPlaintextPassword\": true, \"oauthServiceAccountFile\": \"a\", \"oauthProvider\": \"google\"",
        "auth is oauth, and a token is never sent without TLS; write implicit or stls into tls")]
    [InlineData($"{Client}, {AnEndpoint}, \"oauthClientSecretFile\": \"s\", \"passwordFile\": \"p\"", "passwordFile has no effect with \"auth\": \"oauth\"; remove it")]
    [InlineData("\"oauthClientSecretFile\": \"s\"",
        "oauthClientId is missing; write for example \"oauthClientId\": \"11111111-2222-3333-4444-555555555555\"",
        "oauthTokenEndpoint is missing; write for example \"oauthTokenEndpoint\": \"https://login.example.org/token\"")]
    [InlineData("\"oauthProvider\": \"microsoft\", \"oauthCertificateFile\": \"c\"",
        "oauthTenant is missing; write for example \"oauthTenant\": \"contoso.onmicrosoft.com\"",
        "oauthClientId is missing; write for example \"oauthClientId\": \"11111111-2222-3333-4444-555555555555\"")]
    [InlineData($"{Client}, \"oauthProvider\": \"microsoft\", \"oauthTenant\": \"contoso/../x\", \"oauthClientSecretFile\": \"s\"",
        "oauthTenant is neither a tenant's ID nor its domain; write for example contoso.onmicrosoft.com")]
    [InlineData($"{Client}, {AnEndpoint}, {Tenant}, \"oauthClientSecretFile\": \"s\"", "oauthTenant has no effect with oauthTokenEndpoint; remove it")]
    [InlineData($"{Client}, {AnEndpoint}, \"oauthClientSecretFile\": \"s\", \"oauthClientSecretEnv\": \"S\"",
        "oauthClientSecretEnv is given besides oauthClientSecretFile; keep one of them")]
    [InlineData("\"oauthRefreshTokenFile\": \"r\", \"oauthIdentity\": \"managed\"", "oauthIdentity is given besides oauthRefreshTokenFile; keep one of them")]
    [InlineData("\"oauthProvider\": \"google\", \"oauthServiceAccountFile\": \"a\", \"oauthClientSecretEnv\": \"S\"",
        "oauthClientSecretEnv is given besides oauthServiceAccountFile; keep one of them")]
    [InlineData("\"oauthIdentity\": \"managed\"", "oauthIdentity is a way of microsoft only; add \"oauthProvider\": \"microsoft\", or use another way")]
    [InlineData("\"oauthServiceAccountFile\": \"a\"", "oauthServiceAccountFile is a way of google only; add \"oauthProvider\": \"google\", or use another way")]
    [InlineData($"\"oauthProvider\": \"google\", {Client}, \"oauthClientSecretFile\": \"s\"",
        "oauthClientSecretFile is not enough for google; add oauthRefreshTokenFile, or use oauthServiceAccountFile alone")]
    [InlineData($"\"oauthTokenEndpoint\": \"http://login.example.org/token\", {Client}, \"oauthClientSecretFile\": \"s\"",
        "oauthTokenEndpoint is \"http://login.example.org/token\"; write the https address of the token endpoint")]
    [InlineData($"\"oauthTokenEndpoint\": \"https://me:secret@login.example.org/token\", {Client}, \"oauthClientSecretFile\": \"s\"",
        "oauthTokenEndpoint holds an @; write the https address of the token endpoint")]
    [InlineData("\"oauthProvider\": \"apple\", \"oauthIdentity\": \"magic\"",
        "oauthProvider is \"apple\"; write microsoft, google or custom",
        "oauthIdentity is \"magic\"; write workload or managed")]
    public async Task What_is_wrong_is_said(string keys, params string[] sentences)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox($"{Host}, \"auth\": \"oauth\"{(keys.Length == 0 ? "" : $", {keys}")}", "host", "password"));
        var problems = await folder.ProblemsAsync();
        Assert.All(sentences, sentence => Assert.Contains(problems, problem => problem.EndsWith(sentence, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_oauth_its_keys_have_no_effect()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(Tenant));
        Assert.EndsWith("oauthTenant has no effect without \"auth\": \"oauth\"; add that, or remove the key",
            Assert.Single(await folder.ProblemsAsync()), StringComparison.Ordinal);
    }
}
