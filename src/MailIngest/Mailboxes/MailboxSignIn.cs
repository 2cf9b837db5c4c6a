using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Mailboxes;

/// <summary>Reads the keys of a mailbox file that say how it signs in: with a password, or with tokens.</summary>
static class MailboxSignIn
{
    static readonly (string Word, SignInMechanism Mechanism)[] ForPasswords =
    [
        ("auto", SignInMechanism.Auto), ("userpass", SignInMechanism.UserPass), ("plain", SignInMechanism.Plain),
        ("scram-sha-1", SignInMechanism.ScramSha1), ("scram-sha-256", SignInMechanism.ScramSha256), ("cram-md5", SignInMechanism.CramMd5),
        ("apop", SignInMechanism.Apop),
    ];

    static readonly (string Word, SignInMechanism Mechanism)[] ForTokens =
        [("oauth", SignInMechanism.Auto), ("oauthbearer", SignInMechanism.OAuthBearer), ("xoauth2", SignInMechanism.XOAuth2)];

    /// <summary>The password's source is one that changes with the credential where tokens take its place.</summary>
    public static (SignInMechanism Mechanism, SecretSource Password, TokenGrant? OAuth) Bind(
        ConfigReader reader, string id, string username, Pop3Endpoint server)
    {
        (string Word, SignInMechanism Mechanism)[] all = [.. ForPasswords, .. ForTokens];
        var (word, mechanism) = reader.Choice("auth", all[0], [.. all.Select(each => (each.Word, each))]);
        var isToken = ForTokens.Any(each => each.Word == word);
        var owner = new SecretOwner($"mailbox {id}", "password", reader.Document.File);

        var password = SecretKeys.Read(reader, "password", owner.Name);
        var grant = MailboxOAuth.Bind(reader, id, username, server, word, isToken);
        reader.Rule(ConfigRuleKind.Any, [.. SecretKeys.Of("password"), .. MailboxOAuth.Credentials]);
        foreach (var (token, _) in ForTokens)
        {
            reader.RuleWhen("auth", token, ConfigRuleKind.Any, MailboxOAuth.Credentials);
            reader.RuleWhen("auth", token, ConfigRuleKind.None, SecretKeys.Of("password"));
        }
        if (password is null && !isToken)
            reader.Problem("password", SecretKeys.Missing("password", $"/run/secrets/{id}"));
        return (mechanism, grant is null ? password ?? new InlineSecret(owner, new("")) : new CredentialStandIn(owner, grant), grant);
    }
}
