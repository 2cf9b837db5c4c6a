using System.Security.Cryptography;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>The mechanisms that a server can offer, by name.</summary>
static class ServerMechanisms
{
    public static readonly IReadOnlyList<string> Names =
        ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "OAUTHBEARER", "XOAUTH2"];

    /// <summary>One exchange; null: the server does not offer this one, or not on this connection.</summary>
    public static ServerExchange? Begin(string name, Pop3ServerOptions options, ChannelBinding? binding)
    {
        return Offered(options, binding).FirstOrDefault(offered => offered.Equals(name, StringComparison.OrdinalIgnoreCase)) switch
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

        ServerScram Scram(HashAlgorithmName hash, ChannelBinding? bound) =>
            new(hash, Find, bound, bindingIsOffered: Offered(options, binding).Any(Binds));
    }

    /// <summary>Those that can be used on this connection: channel binding needs a channel.</summary>
    public static IEnumerable<string> Offered(Pop3ServerOptions options, ChannelBinding? binding) =>
        options.Sasl.Where(name => binding is not null || !Binds(name));

    static bool Binds(string name) => name.EndsWith("-PLUS", StringComparison.Ordinal);
}
