using System.Security.Cryptography;

namespace MailIngest.Pop3.Sasl;

/// <summary>
/// Which mechanism signs in: the one that is named, or the strongest that is announced for what we have. It is chosen before anything is
/// sent, and never again.
/// </summary>
/// <param name="capabilities">What the server announced.</param>
/// <param name="server">Where.</param>
/// <param name="binding">What would tie a sign-in to its TLS connection; null where nothing does.</param>
/// <param name="showedCertificate">The server asked for a client certificate, and was shown one.</param>
sealed class SaslChoice(Capabilities capabilities, Pop3Endpoint server, ChannelBinding? binding, bool showedCertificate)
{
    /// <summary>The exchange for a sign-in; null: USER and PASS, or APOP, which are no SASL.</summary>
    /// <exception cref="Pop3SignInException">It cannot be made with this server.</exception>
    public SaslExchange? Of(Pop3SignIn signIn)
    {
        // RFC 7628 §4; whoever reads a token needs no password.
        if (signIn.Kind == SignInKind.Token && server.Tls == TlsMode.None)
            throw new Pop3SignInException($"{server}: an access token is sent under TLS only; nothing was sent.");
        if (signIn.Kind == SignInKind.Certificate && !showedCertificate)
            throw new Pop3SignInException($"{server}: EXTERNAL signs in with the client certificate of a TLS connection, and none was "
                + "shown: there is none, or the server asks for none; nothing was sent.");
        return signIn.Mechanism switch
        {
            SignInMechanism.UserPass or SignInMechanism.Apop => null,
            SignInMechanism.Plain => new SaslPlain(signIn.User, signIn.Secret),
            SignInMechanism.CramMd5 => new SaslCramMd5(signIn.User, signIn.Secret),
            SignInMechanism.ScramSha1 => Scram(signIn, HashAlgorithmName.SHA1, binds: false),
            SignInMechanism.ScramSha256 => Scram(signIn, HashAlgorithmName.SHA256, binds: false),
            SignInMechanism.OAuthBearer => new SaslOAuthBearer(signIn.User, signIn.Secret, server.Host, server.Port),
            SignInMechanism.XOAuth2 => new SaslXOAuth2(signIn.User, signIn.Secret),
            SignInMechanism.External => new SaslExternal(signIn.User),
            _ => signIn.Kind == SignInKind.Token ? StrongestForToken(signIn) : StrongestForPassword(signIn),
        };
    }

    SaslExchange StrongestForToken(Pop3SignIn signIn) =>
        Announces("OAUTHBEARER") ? new SaslOAuthBearer(signIn.User, signIn.Secret, server.Host, server.Port)
        : Announces("XOAUTH2") ? new SaslXOAuth2(signIn.User, signIn.Secret)
        : throw new Pop3SignInException(
            $"{server}: OAUTHBEARER or XOAUTH2 is needed, and the server announces {Announced()}; nothing was sent.");

    SaslExchange? StrongestForPassword(Pop3SignIn signIn) =>
        binding is not null && Announces("SCRAM-SHA-256-PLUS") ? Scram(signIn, HashAlgorithmName.SHA256, binds: true)
        : binding is not null && Announces("SCRAM-SHA-1-PLUS") ? Scram(signIn, HashAlgorithmName.SHA1, binds: true)
        : Announces("SCRAM-SHA-256") ? Scram(signIn, HashAlgorithmName.SHA256, binds: false)
        : Announces("SCRAM-SHA-1") ? Scram(signIn, HashAlgorithmName.SHA1, binds: false)
        : Announces("PLAIN") ? new SaslPlain(signIn.User, signIn.Secret)
        : null; // older servers know nothing but USER and PASS, and say nothing of it

    SaslScram Scram(Pop3SignIn signIn, HashAlgorithmName hash, bool binds)
    {
        if (SaslPrep.Of(signIn.User) is not { } user)
            throw Unprepared("user name");
        if (SaslPrep.Of(signIn.Secret) is not { } password)
            throw Unprepared("password");
        // A named mechanism says nothing of what we could bind: perhaps it was named because the server binds otherwise.
        var mightBind = binding is not null && signIn.Mechanism == SignInMechanism.Auto && capabilities.SaslMechanisms.All(IsUnbound);
        return new(hash, user, password, binds ? binding : null, mightBind, SaslScram.NewNonce());
    }

    Pop3SignInException Unprepared(string what) => new($"{server}: the {what} holds characters that SCRAM would need in a form that nobody "
        + "here can tell (SASLprep, RFC 4013); set auth to plain, or change it to ASCII. Nothing was sent.");

    bool Announces(string mechanism) => capabilities.SaslMechanisms.Contains(mechanism);

    string Announced() =>
        capabilities.SaslMechanisms.Count == 0 ? "none" : HostileText.Escape(string.Join(' ', capabilities.SaslMechanisms));

    static bool IsUnbound(string mechanism) => !mechanism.EndsWith("-PLUS", StringComparison.Ordinal);
}
