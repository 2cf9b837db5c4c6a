namespace MailIngest.Pop3.Sasl;

/// <summary>
/// One sign-in by one mechanism, seen from the client (RFC 4422 §3): what it says, and what it makes of what the server says. All octets
/// are those inside the base64 of RFC 5034 §4.
/// </summary>
abstract class SaslExchange(string mechanism)
{
    /// <summary>As CAPA names it: "SCRAM-SHA-256".</summary>
    public string Mechanism { get; } = mechanism;

    /// <summary>What it says before the server has said anything; null: the server begins.</summary>
    public abstract byte[]? First { get; }

    /// <summary>The answer to a challenge; empty where the mechanism has nothing left to say to it.</summary>
    /// <exception cref="SaslException">Nobody who runs this mechanism sends that: the exchange is to be cancelled.</exception>
    public abstract byte[] Answer(byte[] challenge);

    /// <summary>A success is believed: whatever this mechanism has the server prove, it has proven.</summary>
    public virtual bool IsComplete => true;

    /// <summary>What a refusal is about, as the server said inside the exchange or as may be guessed; null: nothing is known. Whatever a
    /// server wrote: to be masked and escaped before it is shown.</summary>
    public virtual string? Complaint => null;

    /// <summary>The server said inside the exchange that what we proved is wrong.</summary>
    public virtual bool BlamesCredentials => false;

    /// <summary>The exception for a challenge too many.</summary>
    protected SaslException NothingLeft() => new($"asks for more although {Mechanism} has nothing more to say");
}
