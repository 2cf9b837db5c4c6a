using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>A service account of Google that may act for a user of its Workspace: a signed assertion for a token (RFC 7523).</summary>
/// <remarks>Written out because Google's own library needs reflection, and the assertion is all that is Google's about it.</remarks>
/// <param name="File">The account's key as Google gives it out (JSON).</param>
/// <param name="User">For whom: the mailbox.</param>
sealed record ServiceAccountGrant(Uri Endpoint, WholeFile File, string User, string? Scope) : TokenGrant(TokenProvider.Google, Scope)
{
    static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);

    /// <summary>Beyond this Google refuses an assertion for its times.</summary>
    static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(1);

    internal override string Key => KeyOf("service account", Endpoint.AbsoluteUri, Scope, File.Path, User);

    internal override string Way => $"asking {Endpoint.GetLeftPart(UriPartial.Path)} for a token for {User} by the service account in {File.Path}";

    internal override async Task<string> StandInAsync(CancellationToken stop)
    {
        var text = await File.ReadAsync(stop);
        Read(text);
        return WholeFile.StandIn(text);
    }

    internal override async Task<AccessToken> AskAsync(TokenErrand errand, CancellationToken stop)
    {
        var account = Read(await File.ReadAsync(stop));
        var now = errand.Clock.GetUtcNow();
        try
        {
            return await AskAsync(errand, account, now, stop);
        }
        // A clock that is wrong by minutes makes assertions that are not valid yet, or no more: the server's is taken instead.
        catch (TokenException refused) when (
            refused.Refusal is { Error: "invalid_grant", ServerTime: { } theirs } && (theirs - now).Duration() > MostSkew)
        {
            return await AskAsync(errand, account, theirs, stop);
        }
    }

    async Task<AccessToken> AskAsync(TokenErrand errand, Account account, DateTimeOffset now, CancellationToken stop)
    {
        var request = TokenEndpoint.Request(this with { Scope = null }, Endpoint, null, null,
            "urn:ietf:params:oauth:grant-type:jwt-bearer", ("assertion", Assertion(account, now)));
        return (await TokenEndpoint.AskAsync(errand, this, request, stop)).Token;
    }

    string Assertion(Account account, DateTimeOffset now)
    {
        var head = Json(json =>
        {
            json.WriteString("alg", "RS256");
            json.WriteString("typ", "JWT");
            if (account.KeyId is { } id)
                json.WriteString("kid", id);
        });
        var claims = Json(json =>
        {
            json.WriteString("iss", account.Email);
            json.WriteString("sub", User);
            json.WriteString("scope", Scope);
            json.WriteString("aud", Endpoint.AbsoluteUri);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + Validity).ToUnixTimeSeconds());
        });
        var signed = $"{head}.{claims}";
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(account.PrivateKey);
            var signature = rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return $"{signed}.{Base64Url.EncodeToString(signature)}";
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw NoKey("private_key is no RSA key in PEM form");
        }
    }

    static string Json(Action<Utf8JsonWriter> write)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Base64Url.EncodeToString(octets.ToArray());
    }

    Account Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            string? Text(string name) =>
                json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (json.RootElement.ValueKind == JsonValueKind.Object && Text("type") == "service_account"
                && Text("client_email") is { } email && Text("private_key") is { } key)
                return new(email, key, Text("private_key_id"));
            throw NoKey("type, client_email or private_key is missing in it");
        }
        catch (JsonException)
        {
            throw NoKey("it is no JSON");
        }
    }

    SecretException NoKey(string what) =>
        File.Failure(
            $"is no key of a service account ({what}); make one in the Google Cloud console (IAM, Service accounts, Keys) as JSON");

    sealed record Account(string Email, string PrivateKey, string? KeyId)
    {
        public override string ToString() => Email;
    }
}
