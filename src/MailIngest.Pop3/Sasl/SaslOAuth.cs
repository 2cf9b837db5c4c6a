using System.Text.Json;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// An OAuth 2.0 access token in place of a password. A token that the server does not take comes back as a challenge with JSON in it,
/// which is answered so that the refusal can follow.
/// </summary>
abstract class SaslOAuth(string mechanism) : SaslExchange(mechanism)
{
    string? _complaint;

    public override string? Complaint => _complaint;

    /// <summary>After a complaint only a refusal can follow.</summary>
    public override bool IsComplete => _complaint is null;

    public override bool BlamesCredentials => _complaint is not null;

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
                    said.Add($"{key} {value}");
            }
            return said.Count > 0 ? string.Join(", ", said) : "the token was refused without a status";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is no UTF-8
        {
            return "the token was refused with something that is not JSON";
        }
    }
}
