using System.Security.Cryptography;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>The mechanisms that a server can offer, by name.</summary>
static class ServerMechanisms
{
    const string External = "EXTERNAL";

    public static readonly IReadOnlyList<string> Names =
        ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "OAUTHBEARER", "XOAUTH2", External];

    /// <summary>One exchange; null: the server does not offer this one, or not on this connection.</summary>
    /// <param name="name">As the client says.</param>
    /// <param name="options">What the server offers.</param>
    /// <param name="binding">What ties a sign-in to this connection; null: nothing does.</param>
    /// <param name="certified">Whose certificate the client has shown; null: nobody's.</param>
    public static ServerExchange? Begin(string name, Pop3ServerOptions options, ChannelBinding? binding, string? certified)
    {
        var offered = Offered(options, binding, certified);
        return offered.FirstOrDefault(mechanism => mechanism.Equals(name, StringComparison.OrdinalIgnoreCase)) switch
        {
            "PLAIN" => new ServerPlain(Find),
            "CRAM-MD5" => new ServerCramMd5(Find),
            "SCRAM-SHA-1" => Scram(HashAlgorithmName.SHA1, null),
            "SCRAM-SHA-1-PLUS" => Scram(HashAlgorithmName.SHA1, binding),
            "SCRAM-SHA-256" => Scram(HashAlgorithmName.SHA256, null),
            "SCRAM-SHA-256-PLUS" => Scram(HashAlgorithmName.SHA256, binding),
            "OAUTHBEARER" => new ServerOAuth(Find, isBearer: true),
            "XOAUTH2" => new ServerOAuth(Find, isBearer: false),
            External => new ServerExternal(Find, certified!),
            _ => null,
        };

        Pop3Account? Find(string user) => options.Accounts.GetValueOrDefault(user);

        ServerScram Scram(HashAlgorithmName hash, ChannelBinding? bound) =>
            new(hash, Find, bound, bindingIsOffered: offered.Any(Binds));
    }

    /// <summary>Those that can be used on this connection: channel binding needs a channel, EXTERNAL a certificate.</summary>
    public static IEnumerable<string> Offered(Pop3ServerOptions options, ChannelBinding? binding, string? certified) =>
        options.Sasl.Where(name => (binding is not null || !Binds(name)) && (certified is not null || name != External));

    static bool Binds(string name) => name.EndsWith("-PLUS", StringComparison.Ordinal);
}
