using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>How an attempt has to end.</summary>
/// <param name="Failure">The exception; null: signed in under TLS.</param>
/// <param name="Words">What an operator has to read in it.</param>
sealed record End(Type? Failure, string Words)
{
    public static readonly End SignedIn = new(null, "");

    public static End Of<T>(string words) where T : Exception => new(typeof(T), words);
}

/// <summary>One thing that may wait for a client on its way to a maildrop. STLS or TLS is asked for in every one.</summary>
/// <param name="Sentence">What happens.</param>
/// <param name="End">How it has to end.</param>
/// <param name="Server">Who answers.</param>
sealed record Peril(string Sentence, End End, Impostor Server)
{
    public const string Timestamp = "<1896.697170952@pop.example.com>";

    public const string Host = "pop.example.com";

    const string User = "mrose";

    const string Password = "tanstaaf-s3cr3t!";

    const string Token = "ya29.t0k3n-0123456789";

    static readonly Pop3SignIn Usual = new(User, Password);

    /// <summary>A client may be lured by a weakness of one mechanism alone: every one is tried.</summary>
    static readonly Pop3SignIn[] Everybody =
    [
        Usual,
        .. from mechanism in Enum.GetValues<SignInMechanism>()
           where mechanism is not (SignInMechanism.Auto or SignInMechanism.OAuthBearer or SignInMechanism.XOAuth2
               or SignInMechanism.External)
           select new Pop3SignIn(User, Password, mechanism),
        Pop3SignIn.WithToken(User, Token),
        Pop3SignIn.WithToken(User, Token, SignInMechanism.OAuthBearer),
        Pop3SignIn.WithToken(User, Token, SignInMechanism.XOAuth2),
    ];

    /// <summary>The case of the EAST test-suite (USENIX Security 2021) whose behaviour this is.</summary>
    public string? East { get; init; }

    public TlsMode Mode { get; init; } = TlsMode.Stls;

    /// <summary>The name or address that the client connects to.</summary>
    public string To { get; init; } = Host;

    /// <summary>The server's certificate and those of the authorities above it. Default: a good one.</summary>
    public Func<X509Certificate2[]> Shows { get; init; } = () => [Authority.Root.Issue(new())];

    /// <summary>What the client believes, which may depend on what it is shown. Default: the tests' root.</summary>
    public Func<X509Certificate2, Pop3Tls> Believes { get; init; } = _ => new Pop3Tls { TrustedRoots = [Authority.Root.Certificate] };

    public async Task MeetAsync()
    {
        var shown = Shows();
        SslProtocols[] versions = Mode == TlsMode.Implicit ? [SslProtocols.Tls12, SslProtocols.Tls13] : [SslProtocols.None];
        Pop3SignIn[] people = End.Failure is null ? [Usual] : Mode == TlsMode.Implicit ? [Usual, Everybody[^1]] : Everybody;
        foreach (var version in versions)
        foreach (var signIn in people)
        {
            var server = Server.Protocol == SslProtocols.None ? Server with { Protocol = version } : Server;
            Judge(await server.MeetAsync(new Pop3Endpoint(To, 110, Mode), signIn, Believes(shown[0]), shown), signIn);
        }
        foreach (var certificate in shown) certificate.Dispose();
    }

    void Judge(Encounter met, Pop3SignIn signIn)
    {
        met.NothingWasGivenAway(signIn, Mode);
        if (End.Failure is null)
        {
            Assert.Null(met.Failure);
            Assert.NotEmpty(Encounter.CredentialsIn(met.Inside, signIn)); // so the search does find what is there
        }
        else
        {
            Assert.True(met.Failure is not null, "The client signed in.");
            Assert.Contains(End.Words, met.Failure.Message);
            Assert.IsType(End.Failure, met.Failure);
            Assert.StartsWith($"{new Pop3Endpoint(To, 110, Mode)}: ", met.Failure.Message);
            met.NotEvenUnderTls(signIn);
        }
        Assert.DoesNotContain([met.Failure?.Message ?? "", .. met.Transcript], line => line.Any(IsInvisible));
    }

    /// <summary>It would do something to a terminal.</summary>
    static bool IsInvisible(char character) =>
        char.IsControl(character) || char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.Format;
}
