using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// SCRAM (RFC 5802, RFC 7677): neither side shows the password, both prove that they know it, and with a channel binding also that there is
/// nobody between them.
/// </summary>
sealed class SaslScram : SaslExchange
{
    /// <summary>RFC 7677 §4. Fewer would let whoever recorded the exchange try passwords too cheaply.</summary>
    const int FewestIterations = 4096;

    /// <summary>More is no protection but an attack: each costs us a microsecond.</summary>
    const int MostIterations = 100_000;

    readonly HashAlgorithmName _hash;
    readonly string _password;
    readonly string _nonce;
    readonly byte[] _bound;
    readonly string _firstBare;
    byte[]? _signature;
    string? _complaint;
    Stage _stage;

    /// <param name="hash">SHA-1 or SHA-256.</param>
    /// <param name="user">Prepared (<see cref="SaslPrep"/>).</param>
    /// <param name="password">Prepared.</param>
    /// <param name="binding">The mechanism with -PLUS, and the channel that it binds.</param>
    /// <param name="mightBind">Without -PLUS: we could, and the server does not offer it; one that does then knows that somebody hid it
    /// from us (RFC 5802 §6).</param>
    /// <param name="nonce">Printable and without comma; never the same twice.</param>
    public SaslScram(HashAlgorithmName hash, string user, string password, ChannelBinding? binding, bool mightBind, string nonce)
        : base((hash == HashAlgorithmName.SHA1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256") + (binding is null ? "" : "-PLUS"))
    {
        (_hash, _nonce, _password) = (hash, nonce, password);
        var gs2 = binding is not null ? $"p={binding.Kind},," : mightBind ? "y,," : "n,,";
        _bound = [.. Encoding.ASCII.GetBytes(gs2), .. binding?.Octets ?? []];
        _firstBare = $"n={SaslName.Escape(user)},r={nonce}";
        First = Encoding.UTF8.GetBytes(gs2 + _firstBare);
        if (binding is not null)
            _complaint = $"the channel was bound with {binding.Kind}; where the server binds it otherwise, name {Mechanism[..^5]}";
    }

    enum Stage { First, Proof, Proven, Refused }

    public override byte[] First { get; }

    /// <summary>Only whoever knows the password, or what is derived from it, can sign.</summary>
    public override bool IsComplete => _stage == Stage.Proven;

    public override string? Complaint => _complaint;

    public override bool BlamesCredentials => _stage == Stage.Refused && _complaint is "invalid-proof" or "unknown-user";

    /// <summary>144 random bits.</summary>
    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    public override byte[] Answer(byte[] challenge)
    {
        var text = Encoding.UTF8.GetString(challenge);
        switch (_stage)
        {
            case Stage.First:
                _stage = Stage.Proof;
                return Proof(text);
            case Stage.Proof:
                Verify(text);
                return [];
            default:
                throw NothingLeft();
        }
    }

    byte[] Proof(string serverFirst)
    {
        var (nonce, salt, iterations) = Read(serverFirst);
        var withoutProof = $"c={Convert.ToBase64String(_bound)},r={nonce}";
        var message = Encoding.UTF8.GetBytes($"{_firstBare},{serverFirst},{withoutProof}");
        var keys = ScramKeys.Of(_hash, _password, salt, iterations);
        _signature = keys.Signature(message);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(keys.Proof(message))}");
    }

    /// <summary>r=nonce,s=salt,i=iterations, and extensions that may be passed over (RFC 5802 §7).</summary>
    (string Nonce, byte[] Salt, int Iterations) Read(string serverFirst)
    {
        var attributes = serverFirst.Split(',');
        if (attributes[0].StartsWith("m=", StringComparison.Ordinal))
            throw new SaslException("demands an extension of SCRAM that we do not have");
        if (attributes is not [['r', '=', .. var nonce], ['s', '=', .. var salt], ['i', '=', .. var count], ..])
            throw new SaslException("is no first message of SCRAM");
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
            throw new SaslException("has a nonce that does not begin with ours and go on: an earlier exchange is being replayed");
        if (SaslBase64.Decode(Encoding.UTF8.GetBytes(salt)) is not { Length: > 0 } octets)
            throw new SaslException("has a salt that is not base64");
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < FewestIterations or > MostIterations)
            throw new SaslException(string.Create(CultureInfo.InvariantCulture,
                $"wants a number of iterations that is not between {FewestIterations} and {MostIterations}"));
        return (nonce, octets, iterations);
    }

    /// <summary>v=signature (RFC 5802 §7), or e=error.</summary>
    void Verify(string serverFinal)
    {
        var said = serverFinal.Split(',')[0];
        if (said.StartsWith("e=", StringComparison.Ordinal))
        {
            (_stage, _complaint) = (Stage.Refused, said[2..]);
            return;
        }
        if (!said.StartsWith("v=", StringComparison.Ordinal)
            || SaslBase64.Decode(Encoding.UTF8.GetBytes(said[2..])) is not { } signature
            || !CryptographicOperations.FixedTimeEquals(signature, _signature))
            throw new SaslException("is not signed by anybody who knows the password: this is not the server, or somebody stands between");
        _stage = Stage.Proven;
    }
}
