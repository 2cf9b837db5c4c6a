using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>How an application proves to Entra ID who it is without a secret.</summary>
enum EntraProof
{
    /// <summary>By a certificate, whose key signs each request.</summary>
    Certificate,

    /// <summary>By the token that Kubernetes or another platform writes for it (a federated credential).</summary>
    Workload,

    /// <summary>By the machine of Azure that it runs on.</summary>
    Managed,
}

/// <summary>An application of Entra ID without a secret: Azure.Identity knows how.</summary>
/// <param name="Tenant">Null: the environment says it.</param>
/// <param name="ClientId">Null: the environment, or the machine's own identity.</param>
/// <param name="Certificate">PEM or PKCS#12 with its private key.</param>
sealed record EntraGrant(EntraProof Proof, string? Tenant, string? ClientId, WholeFile? Certificate, string? Scope)
    : TokenGrant(TokenProvider.Microsoft, Scope)
{
    internal override string Key => KeyOf("entra", Proof.ToString(), Tenant, ClientId, Certificate?.Path, Scope);

    internal override string Way => Proof switch
    {
        EntraProof.Certificate => $"asking Entra ID for a token of {ClientId} by the certificate in {Certificate!.Path}",
        EntraProof.Workload => $"asking Entra ID for a token of {ClientId ?? "AZURE_CLIENT_ID"} by workload identity",
        _ => $"asking this machine for a token of its managed identity{(ClientId is null ? "" : $" {ClientId}")}",
    };

    internal override async Task<string> StandInAsync(CancellationToken stop) =>
        Certificate is null ? Proof.ToString() : WholeFile.StandIn(await Certificate.ReadAsync(stop));

    internal override async Task<AccessToken> AskAsync(TokenErrand errand, CancellationToken stop)
    {
        await StandInAsync(stop); // a certificate that cannot be read is said as such
        var (asked, now) = (errand.Clock.GetTimestamp(), errand.Clock.GetUtcNow());
        try
        {
            // A new credential each time: one that is kept would give a refused token out again.
            var token = await Credential(errand.Http).GetTokenAsync(new TokenRequestContext([Scope!]), stop);
            return new(token.Token, TimeSpan.FromTicks(Math.Max(0, (token.ExpiresOn - now).Ticks)), asked);
        }
        catch (CredentialUnavailableException missing)
        {
            // A machine that has just begun has no identity yet; the variables of a workload do not come later.
            var isRefused = Proof == EntraProof.Workload;
            throw new TokenException(
                $"{Way}: {FirstLine(missing.Message)}; {TokenSteps.NotHere(Proof)}{(isRefused ? "" : "; the next poll tries again")}", missing)
            {
                IsRefused = isRefused,
            };
        }
        catch (AuthenticationFailedException failure)
        {
            throw Said(failure);
        }
        catch (Exception unusable) when (unusable is CryptographicException or ArgumentException && Certificate is not null)
        {
            throw NoKey(unusable);
        }
    }

    TokenCredential Credential(HttpClient http)
    {
        var transport = new HttpClientTransport(http);
        switch (Proof)
        {
            case EntraProof.Certificate:
                return new ClientCertificateCredential(
                    Tenant, ClientId, Load(), new ClientCertificateCredentialOptions { Transport = transport });
            case EntraProof.Workload:
                var workload = new WorkloadIdentityCredentialOptions { Transport = transport };
                if (Tenant is not null)
                    workload.TenantId = Tenant;
                if (ClientId is not null)
                    workload.ClientId = ClientId;
                return new WorkloadIdentityCredential(workload);
            default:
                return new ManagedIdentityCredential(
                    new ManagedIdentityCredentialOptions(
                        ClientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(ClientId))
                    { Transport = transport });
        }
    }

    X509Certificate2 Load()
    {
        var path = Certificate!.Path;
        var certificate = X509Certificate2.GetCertContentType(path) == X509ContentType.Pkcs12
            ? X509CertificateLoader.LoadPkcs12FromFile(path, null)
            : X509Certificate2.CreateFromPemFile(path);
        return certificate.HasPrivateKey ? certificate : throw NoKey(null);
    }

    SecretException NoKey(Exception? cause) => Certificate!.Failure(
        "holds no certificate with its private key that can be read without a password; write both into one file, in PEM form", cause);

    /// <summary>Entra ID's number says what it is about; without one, nobody has answered.</summary>
    TokenException Said(AuthenticationFailedException failure)
    {
        var text = failure.Message + failure.InnerException?.Message;
        if (TokenSteps.Number(text) is not { } number)
            return new(
                $"{Way}: {FirstLine(failure.GetBaseException().Message)}; {TokenSteps.Unanswered(Proof)}; the next poll tries again", failure);
        // "AADSTS90033: A transient error has occurred.", and those of the 429 and 5xx: worth another try.
        var passes = number is "AADSTS90033" or "AADSTS50196" or "AADSTS90006" or "AADSTS90024";
        var line = FirstLine(text[text.IndexOf(number, StringComparison.Ordinal)..].Split(" Trace ID:")[0]);
        return passes
            ? new($"{Way}: Entra ID answered {line}; the next poll tries again", failure)
            : new($"{Way}: Entra ID answered {line}; {TokenSteps.ForRequest(this, null, line)}", failure) { IsRefused = true };
    }

    static string FirstLine(string text) => HostileText.Escape(text.Split('\n')[0].TrimEnd('.', ' ', '\r'));
}
