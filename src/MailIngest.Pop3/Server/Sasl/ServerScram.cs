using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), with channel binding or without.</summary>
/// <param name="hash">SHA-1 or SHA-256.</param>
/// <param name="find">The accounts.</param>
/// <param name="binding">This connection's, with which the client has to prove that nobody stands between; null: the mechanism without
/// -PLUS.</param>
/// <param name="bindingIsOffered">The server announces -PLUS: a client that says it could bind, and did not, was lied to.</param>
sealed class ServerScram(HashAlgorithmName hash, Func<string, Pop3Account?> find, ChannelBinding? binding, bool bindingIsOffered)
    : ServerExchange
{
    const int Iterations = 4096;

    /// <summary>What salts are made of: the same one for a user each time, also for one who does not exist.</summary>
    static readonly byte[] s_saltKey = RandomNumberGenerator.GetBytes(32);

    Func<byte[], byte[]?>? _expects;
    string _gs2 = "", _clientFirst = "", _serverFirst = "", _nonce = "";
    Pop3Account? _account;

    public override byte[]? Next(byte[] response) => (_expects ?? First)(response);

    byte[]? First(byte[] response)
    {
        // gs2-cbind-flag "," [authzid] "," n=user "," r=nonce (RFC 5802 §7).
        var parts = Encoding.UTF8.GetString(response).Split(',');
        if (parts is not [var flag, var authorization, ['n', '=', .. { Length: > 0 } name], ['r', '=', .. { Length: > 0 } nonce], ..])
            return Malformed("that is no first message of SCRAM");
        var flaw = binding is not null
            ? flag == $"p={binding.Kind}" ? null : "the channel has to be bound with " + binding.Kind
            : flag is "n" || (flag is "y" && !bindingIsOffered) ? null : "that channel binding does not fit what was announced";
        if (flaw is not null)
            return Malformed(flaw);

        if (SaslName.Unescape(name) is not { } user)
            return Malformed("that name has a \"=\" that stands for nothing");
        User = user;
        _account = find(User) is { Apop: false } account && (authorization.Length == 0 || authorization == $"a={name}") ? account : null;
        _gs2 = $"{flag},{authorization},";
        _clientFirst = string.Join(',', parts[2..]);
        _nonce = nonce + SaslScram.NewNonce();
        var salt = HMACSHA256.HashData(s_saltKey, Encoding.UTF8.GetBytes(User))[..16];
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(salt)},i={Iterations}");
        _expects = response => Final(response, salt);
        return Encoding.UTF8.GetBytes(_serverFirst);
    }

    byte[]? Final(byte[] response, byte[] salt)
    {
        var text = Encoding.UTF8.GetString(response);
        var proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0 || SaslBase64.Decode(Encoding.UTF8.GetBytes(text[(proofAt + 3)..])) is not { } proof)
            return Malformed("that is no final message of SCRAM");
        var withoutProof = text[..proofAt];
        byte[] bound = [.. Encoding.UTF8.GetBytes(_gs2), .. binding?.Octets ?? []];
        if (!withoutProof.Equals($"c={Convert.ToBase64String(bound)},r={_nonce}", StringComparison.Ordinal))
            return Malformed("channel binding or nonce are others than those at the beginning");

        var message = Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{withoutProof}");
        // Who does not exist, or has a password that SCRAM cannot have, is as much work as everybody.
        var password = _account is null ? null : SaslPrep.Of(_account.Password);
        var keys = ScramKeys.Of(hash, password ?? "nobody", salt, Iterations);
        IsProven = password is not null && CryptographicOperations.FixedTimeEquals(proof, keys.Proof(message));
        if (!IsProven)
            return null;
        _expects = end => end.Length == 0 ? null : Malformed("nothing was left to say");
        return Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(keys.Signature(message)));
    }
}
