using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Mailboxes;

/// <summary>Reads the keys of a mailbox file that say how access tokens are got.</summary>
static class MailboxOAuth
{
    internal const string Secret = "oauthClientSecret";
    internal const string Certificate = "oauthCertificateFile", Refresh = "oauthRefreshTokenFile", Account = "oauthServiceAccountFile";
    internal const string Identity = "oauthIdentity";
    internal const string Provider = "oauthProvider", Tenant = "oauthTenant", ClientId = "oauthClientId", Endpoint = "oauthTokenEndpoint";
    const string Scope = "oauthScope";

    static readonly string[] Ways = [Certificate, Refresh, Account, Identity];

    /// <summary>What a token may be got with: one of them is there, with "auth": "oauth".</summary>
    public static readonly string[] Credentials = [.. Ways, .. SecretKeys.Of(Secret)];

    static readonly string[] Keys = [Provider, Tenant, ClientId, .. Credentials, Endpoint, Scope];

    /// <summary>Null when the mailbox signs in otherwise, or nothing can be made of what is there; then that is reported.</summary>
    /// <param name="word">What auth says.</param>
    /// <param name="isToken">It is one of the words for tokens.</param>
    public static TokenGrant? Bind(ConfigReader reader, string id, string user, Pop3Endpoint server, string word, bool isToken)
    {
        var asked = Ask(reader, id, server.Host);
        reader.Rule(ConfigRuleKind.NotTwo, Ways);
        if (!isToken)
        {
            foreach (var key in Keys.Where(reader.Has))
                reader.Problem(key, "has no effect without \"auth\": \"oauth\"; add that, or remove the key");
            return null;
        }
        foreach (var key in SecretKeys.Of("password").Where(reader.Has))
            reader.Problem(key, $"has no effect with \"auth\": \"{word}\"; remove it");
        if (server.Tls == TlsMode.None)
            reader.Problem("auth", $"is {word}, and a token is never sent without TLS; write implicit or stls into tls");
        return asked.OneWay(Ways, SecretKeys.Of(Secret)) is { } way ? asked.Grant(way, user) : null;
    }

    static OAuthKeys Ask(ConfigReader reader, string id, string host)
    {
        var owner = $"mailbox {id}";
        return new(
            reader, owner,
            reader.Choice<TokenProvider?>(Provider, null, ("microsoft", TokenProvider.Microsoft), ("google", TokenProvider.Google),
                ("custom", TokenProvider.Custom)) ?? Usual(host),
            TenantOf(reader), reader.Text(ClientId), SecretKeys.Read(reader, Secret, owner), reader.Path(Certificate), reader.Path(Refresh),
            reader.Path(Account),
            reader.Choice<EntraProof?>(Identity, null, ("workload", EntraProof.Workload), ("managed", EntraProof.Managed)),
            Address(reader), reader.Text(Scope));
    }

    static TokenProvider Usual(string host) =>
        Is(host, "office365.com") || Is(host, "office.com") || Is(host, "outlook.com") ? TokenProvider.Microsoft
        : Is(host, "gmail.com") || Is(host, "googlemail.com") ? TokenProvider.Google
        : TokenProvider.Custom;

    static bool Is(string host, string domain) => host == domain || host.EndsWith($".{domain}", StringComparison.Ordinal);

    /// <summary>It becomes part of an address.</summary>
    static string? TenantOf(ConfigReader reader)
    {
        var tenant = reader.Text(Tenant);
        if (tenant is null || tenant.All(each => char.IsAsciiLetterOrDigit(each) || each is '.' or '-'))
            return tenant;
        reader.Problem(Tenant, "is neither a tenant's ID nor its domain; write for example contoso.onmicrosoft.com");
        return null;
    }

    static Uri? Address(ConfigReader reader)
    {
        if (reader.Text(Endpoint) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { UserInfo: "", Fragment: "" }
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && MailboxServer.IsLoopback(address.IdnHost))))
            return address;
        // What stands before an @ may be a password.
        var shown = text.Contains('@') ? "holds an @" : $"is {ConfigWords.Quote(text)}";
        reader.Problem(Endpoint, $"{shown}; write the https address of the token endpoint");
        return null;
    }
}
