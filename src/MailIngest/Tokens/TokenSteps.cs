using System.Text.RegularExpressions;

namespace MailIngest.Tokens;

/// <summary>Which of the usual steps at a provider is missing, by what was refused. Pure: the end of a sentence.</summary>
static partial class TokenSteps
{
    // What Entra ID's numbers mean for who has to act (learn.microsoft.com, "Microsoft Entra authentication and authorization error codes").
    static readonly Dictionary<string, string> Numbers = new(StringComparer.Ordinal)
    {
        ["AADSTS7000215"] = "copy the Value of the client secret, not its Secret ID, into oauthClientSecret (or its file)",
        ["AADSTS7000222"] = "the client secret has expired: make a new one (App registrations, Certificates & secrets)",
        ["AADSTS700016"] = "check oauthClientId (the Application ID) and oauthTenant; an application of another tenant needs consent in this one",
        ["AADSTS900023"] = "check oauthTenant",
        ["AADSTS90002"] = "check oauthTenant",
        ["AADSTS700027"] = "upload the certificate to the app registration (Certificates & secrets), or check oauthCertificateFile",
        ["AADSTS700021"] = "add a federated credential for this workload to the app registration: issuer, subject and audience must match",
        ["AADSTS70021"] = "add a federated credential for this workload to the app registration: issuer, subject and audience must match",
        ["AADSTS700024"] = "the assertion is out of its time: set this machine's clock",
        ["AADSTS70011"] = "check oauthScope; for an application it ends with /.default",
        ["AADSTS1002012"] = "check oauthScope; for an application it ends with /.default",
        ["AADSTS65001"] = "consent is missing: grant POP.AccessAsUser.All, or have an administrator grant it, and sign in again",
        ["AADSTS70000"] = "the refresh token is not valid: sign in again and write the new one into oauthRefreshTokenFile",
        ["AADSTS70008"] = "the refresh token has expired: sign in again and write the new one into oauthRefreshTokenFile",
        ["AADSTS700082"] = "the refresh token has expired: sign in again and write the new one into oauthRefreshTokenFile",
        ["AADSTS50173"] = "the refresh token was revoked (a new password?): sign in again and write the new one into oauthRefreshTokenFile",
        ["AADSTS50076"] = "the tenant asks for a second factor: sign in again, or use an application of its own (client secret, certificate)",
        ["AADSTS53003"] = "a conditional access policy of the tenant forbids it: ask its administrator",
        ["AADSTS7000218"] = "the application is a confidential one: add oauthClientSecretFile, or allow public client flows for it",
        ["AADSTS500011"] = "the tenant has no Exchange Online, or oauthScope names another resource",
    };

    /// <summary>The first of Entra ID's numbers in a text; null: there is none.</summary>
    public static string? Number(string? text) => text is not null && EntraNumber().Match(text) is { Success: true } number ? number.Value : null;

    /// <summary>The token endpoint gave no token.</summary>
    /// <param name="error">The word of RFC 6749 §5.2.</param>
    /// <param name="description">What was said beside it; of prose only Entra ID's numbers count.</param>
    public static string ForRequest(TokenGrant grant, string? error, string? description)
    {
        var known = Number(description) is { } number ? Numbers.GetValueOrDefault(number) : null;
        return known ?? (grant, error) switch
        {
            (ServiceAccountGrant account, "unauthorized_client" or "access_denied") =>
                $"delegate the scope {account.Scope} to the service account's client ID (Google Admin console, Security, API controls, "
                    + "Domain-wide delegation)",
            (ServiceAccountGrant account, "invalid_grant") =>
                $"check that {account.User} is a user of the Workspace, that the key in {account.File.Path} was not deleted, and this "
                    + "machine's clock",
            (RefreshTokenGrant { Provider: TokenProvider.Google } refresh, "invalid_grant") =>
                "the refresh token was revoked or has expired (after 7 days while the consent screen is in testing): sign in again and write "
                    + $"the new one into {refresh.File.Path}",
            (RefreshTokenGrant refresh, "invalid_grant") =>
                $"the refresh token is not valid any more: sign in again and write the new one into {refresh.File.Path}",
            (_, "invalid_client") => "check oauthClientId and oauthClientSecret (or its file); a secret may have expired",
            (_, "unauthorized_client") => "allow this kind of grant for the application at its provider",
            (_, "unsupported_grant_type") => "the endpoint does not offer this kind of grant: check oauthTokenEndpoint",
            (_, "invalid_scope") => "check oauthScope",
            _ => "check the oauth keys of the mailbox's file",
        };
    }

    /// <summary>What the machine or the platform should have given is not there.</summary>
    public static string NotHere(EntraProof proof) => proof == EntraProof.Workload
        ? "workload identity is not set up here: the pod needs the label azure.workload.identity/use and a service account with the client ID "
            + "(AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID are then set)"
        : "there is no managed identity here: assign one to this machine of Azure (Identity), or use another way";

    /// <summary>Nobody has answered.</summary>
    public static string Unanswered(EntraProof proof) => proof == EntraProof.Managed ? NotHere(proof) : "check the network";

    /// <summary>What was got, for a person who checks the set-up.</summary>
    public static string Described(AccessToken token)
    {
        var life = token.Lifetime == TimeSpan.Zero ? "of unknown life" : $"for {Math.Ceiling(token.Lifetime.TotalMinutes):0} minutes";
        return token.Claims is not { } claims ? $"a token {life}"
            : $"a token {life}, for {claims.Audience ?? "nobody"}, "
                + (claims.Permissions.Count == 0 ? "with no permission" : $"with {string.Join(", ", claims.Permissions)}")
                + (claims.User is { } user ? $", on behalf of {user}" : "");
    }

    /// <summary>The mail server takes no token of this grant, not a new one either.</summary>
    public static string ForSignIn(TokenGrant grant, TokenClaims? claims, string user) => grant.Provider switch
    {
        TokenProvider.Microsoft => Exchange(grant, claims, user),
        TokenProvider.Google => $"for {user}, enable POP in Gmail (Settings, Forwarding and POP/IMAP; in a Workspace also Admin console, Apps, "
            + "Gmail, End user access), and see that the token is for https://mail.google.com/ and for that user",
        _ => $"see that the mail server trusts the token's issuer, and that scope and user ({user}) are what it wants",
    };

    static string Exchange(TokenGrant grant, TokenClaims? claims, string user)
    {
        var delegated = grant is RefreshTokenGrant;
        var permission = delegated ? "POP.AccessAsUser.All" : "POP.AccessAsApp";
        if (claims?.Audience is { } audience && !IsExchange(audience))
            return $"the token is for {audience} and not for Exchange Online: correct oauthScope";
        if (claims is not null && !claims.Permissions.Contains(permission))
            return delegated
                ? $"the token lacks {permission}: add this delegated permission to the app registration and sign in again"
                : $"the token lacks {permission}: add this application permission (Office 365 Exchange Online) to the app registration, "
                    + "and have an administrator consent";
        if (delegated)
            return claims?.User is { } other && !other.Equals(user, StringComparison.OrdinalIgnoreCase)
                ? $"the token is for {other}: sign in as {user}, or give that user full access to the mailbox; POP must be enabled for it "
                    + $"(Set-CASMailbox {user} -PopEnabled $true)"
                : $"POP must be enabled for the mailbox: Set-CASMailbox {user} -PopEnabled $true";
        return $"{(claims is null ? "a" : "the token has its permission, so a")} step in Exchange Online PowerShell is missing: "
            + "New-ServicePrincipal -AppId … -ObjectId … (the object ID of the enterprise application, not of the app registration), "
            + $"Add-MailboxPermission {user} -User … -AccessRights FullAccess, or Set-CASMailbox {user} -PopEnabled $true; "
            + "a change may take an hour";
    }

    /// <summary>The resource by its names, and by its number.</summary>
    static bool IsExchange(string audience) =>
        audience.Contains("outlook.office", StringComparison.OrdinalIgnoreCase) || audience == "00000002-0000-0ff1-ce00-000000000000";

    [GeneratedRegex("AADSTS[0-9]{4,}")]
    private static partial Regex EntraNumber();
}
