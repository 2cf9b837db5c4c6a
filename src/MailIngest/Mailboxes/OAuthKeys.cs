using MailIngest.Settings;
using MailIngest.Tokens;
using static MailIngest.Mailboxes.MailboxOAuth;

namespace MailIngest.Mailboxes;

/// <summary>The keys for tokens as they were read, and what can be made of them.</summary>
/// <param name="Owner">Whose they are, for messages.</param>
/// <param name="From">The provider that is named, or usual for the host.</param>
sealed record OAuthKeys(
    ConfigReader Reader, string Owner, TokenProvider From, string? TenantId, string? Client, SecretSource? ClientSecret,
    string? CertificatePath, string? RefreshPath, string? AccountPath, EntraProof? Proof, Uri? Address, string? For)
{
    // learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth"; developers.google.com, "XOAUTH2 protocol".
    const string OfApplication = "https://outlook.office365.com/.default";
    const string OfUser = "https://outlook.office.com/POP.AccessAsUser.All offline_access";
    const string OfGmail = "https://mail.google.com/";

    /// <summary>The key that says how; null when there is none, or two, and that is reported.</summary>
    public string? OneWay(string[] ways, string[] secrets)
    {
        ways = [.. ways.Where(Reader.Has)];
        secrets = [.. secrets.Where(Reader.Has)];
        foreach (var key in ways.Skip(1))
            Reader.Problem(key, $"is given besides {ways[0]}; keep one of them");
        if (ways is [var way, ..])
        {
            // A refresh token belongs to an application, which may have a secret.
            foreach (var key in way == Refresh ? [] : secrets)
                Reader.Problem(key, $"is given besides {way}; keep one of them");
            return ways.Length == 1 ? way : null;
        }
        if (secrets is [var secret, ..])
            return secret;
        Reader.Problem("auth", "needs a way to get tokens; write one of oauthClientSecretFile, oauthCertificateFile, oauthRefreshTokenFile, "
            + "oauthServiceAccountFile and oauthIdentity");
        return null;
    }

    /// <summary>Null when something is missing or too much; all of that is reported.</summary>
    public TokenGrant? Grant(string way, string user) => way switch
    {
        Certificate => Of(way, TokenProvider.Microsoft) & Needs(Tenant, TenantId) & Needs(ClientId, Client) & Without(way, Endpoint)
            && CertificatePath is { } path
            ? new EntraGrant(EntraProof.Certificate, TenantId, Client, File(way, path), For ?? OfApplication) : null,
        Identity => Of(way, TokenProvider.Microsoft) & Without(way, Endpoint) & (Proof != EntraProof.Managed || Without("managed", Tenant))
            && Proof is { } proof
            ? new EntraGrant(proof, TenantId, Client, null, For ?? OfApplication) : null,
        Account => Of(way, TokenProvider.Google) & Without(way, ClientId) & Without(way, Tenant) && AccountPath is { } path
            ? new ServiceAccountGrant(TokenEndpoint, File(way, path), user, For ?? OfGmail) : null,
        Refresh => Needs(ClientId, Client) & HasEndpoint() && RefreshPath is { } path
            ? new RefreshTokenGrant(From, TokenEndpoint, Client!, ClientSecret, new(new(Owner, "oauthRefreshToken", Reader.Document.File), path),
                For ?? (From == TokenProvider.Microsoft ? OfUser : null)) : null,
        _ => MayBeSecret(way) & Needs(ClientId, Client) & HasEndpoint() && ClientSecret is { } secret
            ? new ClientSecretGrant(From, TokenEndpoint, Client!, secret, For ?? (From == TokenProvider.Microsoft ? OfApplication : null)) : null,
    };

    Uri TokenEndpoint => Address ?? new(From == TokenProvider.Google
        ? "https://oauth2.googleapis.com/token"
        : $"https://login.microsoftonline.com/{Uri.EscapeDataString(TenantId ?? "")}/oauth2/v2.0/token");

    WholeFile File(string key, string path) => new(new(Owner, key, Reader.Document.File), path);

    /// <summary>Where to ask is said, or known.</summary>
    bool HasEndpoint() => From switch
    {
        _ when Reader.Has(Endpoint) => Address is not null & Without(Endpoint, Tenant),
        TokenProvider.Microsoft => Needs(Tenant, TenantId),
        TokenProvider.Google => Without("google", Tenant),
        _ => Without("custom", Tenant) & Needs(Endpoint, null),
    };

    bool Of(string way, TokenProvider provider)
    {
        if (From == provider)
            return true;
        var name = provider == TokenProvider.Microsoft ? "microsoft" : "google";
        Reader.Problem(way, $"is a way of {name} only; add \"{Provider}\": \"{name}\", or use another way");
        return false;
    }

    bool MayBeSecret(string way)
    {
        if (From != TokenProvider.Google)
            return true;
        Reader.Problem(way, $"is not enough for google; add {Refresh}, or use {Account} alone");
        return false;
    }

    bool Needs(string key, string? value)
    {
        if (!Reader.Has(key))
            Reader.Problem(key, $"is missing; write for example {Example(key)}");
        return value is not null;
    }

    static string Example(string key) => key switch
    {
        Tenant => "\"oauthTenant\": \"contoso.onmicrosoft.com\"",
        ClientId => "\"oauthClientId\": \"11111111-2222-3333-4444-555555555555\"",
        _ => "\"oauthTokenEndpoint\": \"https://login.example.org/token\"",
    };

    bool Without(string reason, string key)
    {
        if (Reader.Has(key))
            Reader.Problem(key, $"has no effect with {reason}; remove it");
        return !Reader.Has(key);
    }
}
