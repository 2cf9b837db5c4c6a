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

    /// <summary>More is no protection but an attack: each costs us time.</summary>
    const int MostIterations = 1_000_000;

    readonly HashAlgorithmName _hash;
    readonly string _password;
    readonly string _nonce;
    readonly string _gs2;
    readonly byte[] _bound;
    readonly string _firstBare;
    byte[]? _signature;
    string? _complaint;
    Stage _stage;

    /// <param name="hash">SHA-1 or SHA-256.</param>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="binding">The channel's, where there is one.</param>
    /// <param name="serverBinds">The server offers the mechanism with channel binding.</param>
    /// <param name="nonce">Printable and without comma; never the same twice.</param>
    /// <exception cref="ArgumentException">User or password hold what SASLprep prohibits.</exception>
    public SaslScram(HashAlgorithmName hash, string user, string password, ChannelBound? binding, bool serverBinds, string nonce)
        : base(Name(hash, binding is not null && serverBinds))
    {
        (_hash, _nonce, _password) = (hash, nonce, SaslName.Prepare(password));
        // "y": we could, and believe that the server cannot; one that could then knows that somebody hid it from us (RFC 5802 §6).
        _gs2 = binding is null ? "n,," : serverBinds ? $"p={binding.Kind},," : "y,,";
        _bound = [.. Encoding.ASCII.GetBytes(_gs2), .. binding is not null && serverBinds ? binding.Octets : []];
        _firstBare = $"n={SaslName.Escape(SaslName.Prepare(user))},r={nonce}";
    }

    enum Stage { First, Proof, Proven, Refused }

    public override byte[] First => Encoding.UTF8.GetBytes(_gs2 + _firstBare);

    /// <summary>Only whoever knows the password, or what is derived from it, can sign.</summary>
    public override bool IsComplete => _stage == Stage.Proven;

    public override string? Complaint => _complaint;

    public override IReadOnlyList<string> Secrets => [_password];

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

    static string Name(HashAlgorithmName hash, bool binds) =>
        (hash == HashAlgorithmName.SHA1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256") + (binds ? "-PLUS" : "");

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
                $"wants {HostileText.Escape(count)} iterations, and {FewestIterations} to {MostIterations} are accepted"));
        return (nonce, octets, iterations);
    }

    /// <summary>v=signature (RFC 5802 §7), or e=error.</summary>
    void Verify(string serverFinal)
    {
        var said = serverFinal.Split(',')[0];
        if (said.StartsWith("e=", StringComparison.Ordinal))
        {
            _stage = Stage.Refused;
            _complaint = HostileText.Escape(said[2..]);
            return;
        }
        if (!said.StartsWith("v=", StringComparison.Ordinal)
            || SaslBase64.Decode(Encoding.UTF8.GetBytes(said[2..])) is not { } signature
            || !CryptographicOperations.FixedTimeEquals(signature, _signature))
            throw new SaslException("is not signed by anybody who knows the password: this is not the server, or somebody stands between");
        _stage = Stage.Proven;
    }
}
