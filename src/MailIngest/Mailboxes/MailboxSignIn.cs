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

    static readonly (string Word, SignInMechanism Mechanism) ForCertificate = ("external", SignInMechanism.External);

    /// <summary>The password's source is one that changes with the credential where tokens or a certificate take its place.</summary>
    public static (SignInMechanism Mechanism, SecretSource Password, TokenGrant? OAuth) Bind(
        ConfigReader reader, string id, string username, Pop3Endpoint server, ClientCertificate? certificate)
    {
        (string Word, SignInMechanism Mechanism)[] all = [.. ForPasswords, ForCertificate, .. ForTokens];
        var (word, mechanism) = reader.Choice("auth", all[0], [.. all.Select(each => (each.Word, each))]);
        var isToken = ForTokens.Any(each => each.Word == word);
        var owner = new SecretOwner($"mailbox {id}", "password", reader.Document.File);

        var password = SecretKeys.Read(reader, "password", owner.Name);
        var grant = MailboxOAuth.Bind(reader, id, username, server, word, isToken);
        reader.RuleUnless("auth", ForCertificate.Word, ConfigRuleKind.Any, [.. SecretKeys.Of("password"), .. MailboxOAuth.Credentials]);
        reader.RuleWhen("auth", ForCertificate.Word, ConfigRuleKind.None, SecretKeys.Of("password"));
        reader.RuleWhen("auth", ForCertificate.Word, ConfigRuleKind.All, ClientCertificate.Stem + "File");
        foreach (var (token, _) in ForTokens)
        {
            reader.RuleWhen("auth", token, ConfigRuleKind.Any, MailboxOAuth.Credentials);
            reader.RuleWhen("auth", token, ConfigRuleKind.None, SecretKeys.Of("password"));
        }
        if (mechanism == SignInMechanism.External)
        {
            CheckCertificate(reader, id);
            return (mechanism, certificate is null ? NoSecret(owner) : certificate, null);
        }
        if (password is null && !isToken)
            reader.Problem("password", SecretKeys.Missing("password", $"/run/secrets/{id}"));
        return (mechanism, grant is null ? password ?? NoSecret(owner) : new CredentialStandIn(owner, grant), grant);
    }

    static void CheckCertificate(ConfigReader reader, string id)
    {
        const string Certificate = ClientCertificate.Stem + "File";
        var keys = SecretKeys.Of("password");
        foreach (var key in keys.Where(reader.Has))
            reader.Problem(key, "has no effect with \"auth\": \"external\", where the certificate signs in; remove it");
        if (!reader.Has(Certificate))
            reader.Problem("auth", "is external, which signs in with a certificate; "
                + $"add for example \"{Certificate}\": \"/run/secrets/{id}.pem\"");
    }

    /// <summary>Where a problem was told: nothing is signed in with.</summary>
    static InlineSecret NoSecret(SecretOwner owner) => new InlineSecret(owner, new(""));
}
