using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// An OAuth 2.0 access token in place of a password. A token that the server does not take comes back as a challenge with JSON in it,
/// which is answered so that the refusal can follow.
/// </summary>
abstract class SaslOAuth(string mechanism) : SaslExchange(mechanism)
{
    /// <summary>So much of what a server says about a refused token is shown.</summary>
    const int MostShown = 200;

    string? _complaint;

    public override string? Complaint => _complaint;

    public override IReadOnlyList<string> Secrets => [Convert.ToBase64String(First!)];

    /// <summary>What has to be said to the JSON.</summary>
    protected abstract byte[] Acknowledgement { get; }

    public override byte[] Answer(byte[] challenge)
    {
        if (_complaint is not null)
            throw NothingLeft();
        _complaint = Read(challenge);
        return Acknowledgement;
    }

    /// <summary>Status, and the scope that a token would need; nothing else, for it may be anything.</summary>
    static string Read(byte[] challenge)
    {
        try
        {
            using var json = JsonDocument.Parse(challenge);
            var said = new List<string>();
            foreach (var key in (string[])["status", "scope"])
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(key, out var value)
                    && value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    said.Add($"{key} {Shown(value.ToString())}");
            }
            return said.Count > 0 ? string.Join(", ", said) : "the token was refused without a status";
        }
        catch (JsonException)
        {
            return "the token was refused with something that is not JSON";
        }
    }

    static string Shown(string value) => HostileText.Escape(value.Length > MostShown ? value[..MostShown] : value);
}

/// <summary>OAUTHBEARER (RFC 7628 §3.1).</summary>
sealed class SaslOAuthBearer(string user, string token, string host, int port) : SaslOAuth("OAUTHBEARER")
{
    /// <summary>The user goes into a GS2 header, where "," and "=" are written otherwise (RFC 5801 §4).</summary>
    public override byte[] First => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"n,a={SaslName.Escape(user)},\u0001host={host}\u0001port={port}\u0001auth=Bearer {token}\u0001\u0001"));

    /// <summary>A single ^A (RFC 7628 §3.2.3).</summary>
    protected override byte[] Acknowledgement => [1];
}

/// <summary>XOAUTH2: what Google and Microsoft had before there was a standard (developers.google.com, "The SASL XOAUTH2 Mechanism").</summary>
sealed class SaslXOAuth2(string user, string token) : SaslOAuth("XOAUTH2")
{
    public override byte[] First => Encoding.UTF8.GetBytes($"user={user}\u0001auth=Bearer {token}\u0001\u0001");

    protected override byte[] Acknowledgement => [];
}
