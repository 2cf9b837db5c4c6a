using System.Buffers.Text;
using System.Text.Json;
using MailIngest.Pop3;

namespace MailIngest.Tokens;

/// <summary>What an access token of Entra ID says of itself (a JWT). Not verified: it only helps to say what is missing.</summary>
/// <param name="Audience">For whom it is.</param>
/// <param name="Permissions">What the application may do (roles) or may do for a user (scp).</param>
/// <param name="User">On whose behalf; null: on the application's own.</param>
sealed record TokenClaims(string? Audience, IReadOnlyList<string> Permissions, string? User)
{
    /// <summary>Null for a token that is no JWT, as Google's.</summary>
    public static TokenClaims? Read(string token)
    {
        if (token.Split('.') is not [_, { Length: > 0 } body, _])
            return null;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(body));
            return json.RootElement.ValueKind == JsonValueKind.Object ? Read(json.RootElement) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException) // the last: text that is no UTF-8
        {
            return null;
        }
    }

    static TokenClaims Read(JsonElement claims) => new(
        Text(claims, "aud"),
        [.. Texts(claims, "roles"), .. (Text(claims, "scp") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        Text(claims, "upn") ?? Text(claims, "preferred_username") ?? Text(claims, "unique_name"));

    static string? Text(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) ? Text(value) : null;

    static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? HostileText.Escape(value.GetString()!) : null;

    static IEnumerable<string> Texts(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(Text).OfType<string>() : [];
}
