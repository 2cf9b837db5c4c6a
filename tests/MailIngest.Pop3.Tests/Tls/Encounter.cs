using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>What came of one attempt to sign in.</summary>
/// <param name="Failure">How it ended; null: signed in.</param>
/// <param name="Outside">Every octet that reached the server, as Latin-1: clear text, then TLS records.</param>
/// <param name="Inside">Every octet that the server got out of the TLS records.</param>
/// <param name="Transcript">What the client would show of it.</param>
sealed partial record Encounter(Exception? Failure, string Outside, string Inside, List<string> Transcript)
{
    /// <summary>Only these two commands may ever leave without TLS when TLS is asked for.</summary>
    const string Harmless = "CAPA\r\nSTLS\r\n";

    /// <summary>Nothing but CAPA and STLS was sent in the clear, and after them nothing but TLS records.</summary>
    public void NothingWasGivenAway(Pop3SignIn signIn, TlsMode mode)
    {
        var records = Outside.AsSpan().IndexOfAnyInRange('\x14', '\x17');
        var clear = records < 0 ? Outside : Outside[..records];
        if (mode == TlsMode.Implicit) Assert.Empty(clear);
        else Assert.StartsWith(clear, Harmless);
        Assert.Empty(CredentialsIn(Outside, signIn));
    }

    /// <summary>The server was not believed: it has no credential, whatever it could decrypt.</summary>
    public void NotEvenUnderTls(Pop3SignIn signIn) => Assert.Empty(CredentialsIn(Inside, signIn));

    /// <summary>What of a user, his secret and the commands that carry them is in there.</summary>
    public static List<string> CredentialsIn(string octets, Pop3SignIn signIn) =>
    [
        .. Forms(signIn.User).Concat(Forms(signIn.Secret)).Append(Apop.Digest(Peril.Timestamp, signIn.Secret)).Where(octets.Contains),
        .. SignInCommand().Matches(octets).Select(match => match.Value),
    ];

    /// <summary>A text as it is, and what of its base64 does not depend on what stands before and after it.</summary>
    static IEnumerable<string> Forms(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        yield return text;
        for (var before = 0; before < 3; before++)
        {
            var known = (before + octets.Length) / 3 * 4;
            yield return Convert.ToBase64String([.. new byte[before], .. octets])[(before == 0 ? 0 : 4)..known];
        }
    }

    [GeneratedRegex(@"(?<=^|\n)(USER|PASS|AUTH|APOP)(?=[ \r])", RegexOptions.IgnoreCase)]
    private static partial Regex SignInCommand();
}
