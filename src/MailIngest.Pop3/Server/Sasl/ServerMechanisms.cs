using System.Security.Cryptography;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>The mechanisms that a server can offer, by name.</summary>
static class ServerMechanisms
{
    /// <summary>One exchange; null: the server does not offer this one.</summary>
    public static ServerExchange? Begin(string name, Pop3ServerOptions options, ChannelBound? binding)
    {
        if (!Offered(options, binding).Contains(name, StringComparer.OrdinalIgnoreCase))
            return null;
        return name.ToUpperInvariant() switch
        {
            "PLAIN" => new ServerPlain(Find),
            "CRAM-MD5" => new ServerCramMd5(Find),
            "SCRAM-SHA-1" => Scram(HashAlgorithmName.SHA1, null),
            "SCRAM-SHA-1-PLUS" => Scram(HashAlgorithmName.SHA1, binding),
            "SCRAM-SHA-256" => Scram(HashAlgorithmName.SHA256, null),
            "SCRAM-SHA-256-PLUS" => Scram(HashAlgorithmName.SHA256, binding),
            "OAUTHBEARER" => new ServerOAuth(Find, isBearer: true),
            "XOAUTH2" => new ServerOAuth(Find, isBearer: false),
            _ => null,
        };

        Pop3Account? Find(string user) => options.Accounts.GetValueOrDefault(user);

        ServerScram Scram(HashAlgorithmName hash, ChannelBound? bound) => new(hash, Find, bound,
            bindingIsOffered: Offered(options, binding).Contains(hash == HashAlgorithmName.SHA1 ? "SCRAM-SHA-1-PLUS" : "SCRAM-SHA-256-PLUS"));
    }

    /// <summary>Those that can be used on this connection: channel binding needs a channel.</summary>
    public static IEnumerable<string> Offered(Pop3ServerOptions options, ChannelBound? binding) =>
        options.Sasl.Where(name => binding is not null || !name.EndsWith("-PLUS", StringComparison.Ordinal));
}
