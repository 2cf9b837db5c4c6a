using System.Security.Cryptography;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// Which mechanism signs in: the strongest that is announced and fits what we have, never a weaker one after a refusal. Pure.
/// </summary>
static class SaslChoice
{
    /// <summary>The exchange for a sign-in; null: USER and PASS, or APOP, which are no SASL.</summary>
    /// <param name="signIn">Who, and what he has.</param>
    /// <param name="capabilities">What the server announced.</param>
    /// <param name="server">Where.</param>
    /// <param name="binding">What ties the sign-in to its TLS connection; null where nothing does.</param>
    /// <exception cref="Pop3SignInException">The server announces nothing that fits.</exception>
    public static SaslExchange? Of(Pop3SignIn signIn, Capabilities capabilities, Pop3Endpoint server, ChannelBound? binding)
    {
        return signIn.Mechanism switch
        {
            SignInMechanism.UserPass or SignInMechanism.Apop => null,
            SignInMechanism.Auto => Strongest(),
            var named => Make(named),
        };

        SaslExchange? Strongest()
        {
            foreach (var (mechanism, name) in signIn.Kind switch
            {
                SignInKind.Token => Tokens,
                SignInKind.Certificate => Certificates,
                _ => Passwords,
            })
            {
                if (capabilities.SaslMechanisms.Contains(name) && (binding is not null || !name.EndsWith("-PLUS", StringComparison.Ordinal)))
                    return Make(mechanism);
            }
            // Older servers know nothing else, and say nothing of it.
            if (signIn.Kind == SignInKind.Password)
                return null;
            var has = capabilities.SaslMechanisms.Count == 0 ? "none" : string.Join(' ', capabilities.SaslMechanisms);
            throw new Pop3SignInException(
                $"{server}: {(signIn.Kind == SignInKind.Token ? "OAUTHBEARER or XOAUTH2" : "EXTERNAL")} is needed, and the server announces "
                + $"{HostileText.Escape(has)}; nothing was sent.");
        }

        SaslExchange Make(SignInMechanism mechanism) => mechanism switch
        {
            SignInMechanism.Plain => new SaslPlain(signIn.User, signIn.Secret),
            SignInMechanism.CramMd5 => new SaslCramMd5(signIn.User, signIn.Secret),
            SignInMechanism.ScramSha1 => Scram(HashAlgorithmName.SHA1, "SCRAM-SHA-1-PLUS"),
            SignInMechanism.ScramSha256 => Scram(HashAlgorithmName.SHA256, "SCRAM-SHA-256-PLUS"),
            SignInMechanism.OAuthBearer => new SaslOAuthBearer(signIn.User, signIn.Secret, server.Host, server.Port),
            SignInMechanism.XOAuth2 => new SaslXOAuth2(signIn.User, signIn.Secret),
            SignInMechanism.External => new SaslExternal(signIn.User),
            _ => throw new ArgumentOutOfRangeException(nameof(signIn), mechanism, "no SASL mechanism"),
        };

        SaslScram Scram(HashAlgorithmName hash, string plus)
        {
            try
            {
                return new(hash, signIn.User, signIn.Secret, binding, capabilities.SaslMechanisms.Contains(plus), SaslScram.NewNonce());
            }
            catch (ArgumentException unprepared)
            {
                throw new Pop3SignInException($"{server}: user name or password cannot be used with SCRAM. {unprepared.Message}");
            }
        }
    }

    static readonly (SignInMechanism Mechanism, string Name)[] Passwords =
    [
        (SignInMechanism.ScramSha256, "SCRAM-SHA-256-PLUS"), (SignInMechanism.ScramSha1, "SCRAM-SHA-1-PLUS"),
        (SignInMechanism.ScramSha256, "SCRAM-SHA-256"), (SignInMechanism.ScramSha1, "SCRAM-SHA-1"), (SignInMechanism.Plain, "PLAIN"),
    ];

    static readonly (SignInMechanism Mechanism, string Name)[] Tokens =
        [(SignInMechanism.OAuthBearer, "OAUTHBEARER"), (SignInMechanism.XOAuth2, "XOAUTH2")];

    static readonly (SignInMechanism Mechanism, string Name)[] Certificates = [(SignInMechanism.External, "EXTERNAL")];
}
