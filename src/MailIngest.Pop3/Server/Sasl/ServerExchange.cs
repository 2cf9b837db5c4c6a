namespace MailIngest.Pop3.Server.Sasl;

/// <summary>One AUTH, seen from the server: what it asks, and what it makes of what the client says. All octets are those inside the base64
/// of RFC 5034 §4.</summary>
abstract class ServerExchange
{
    /// <summary>What the server asks first; null: the client begins (RFC 4422 §3).</summary>
    public virtual byte[]? Opening => null;

    /// <summary>Who signs in, as the client says.</summary>
    public string User { get; protected set; } = "";

    /// <summary>The client has proven it.</summary>
    public bool IsProven { get; protected set; }

    /// <summary>Why what the client said is no message of this mechanism; null: it was one.</summary>
    public string? Flaw { get; protected set; }

    /// <summary>Takes a response; the next challenge, or null: that was all.</summary>
    public abstract byte[]? Next(byte[] response);

    /// <summary>Ends the exchange.</summary>
    protected byte[]? Malformed(string flaw)
    {
        Flaw = flaw;
        return null;
    }
}
