using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>One way to get access tokens, as a mailbox file describes it.</summary>
/// <param name="Provider">Who gives them.</param>
/// <param name="Scope">What for; null: the endpoint knows.</param>
public abstract record TokenGrant(TokenProvider Provider, string? Scope)
{
    /// <summary>One credential: mailboxes with the same key share one token and one request. Holds nothing secret.</summary>
    internal abstract string Key { get; }

    /// <summary>What is asked, and with what, as the middle of a sentence.</summary>
    internal abstract string Way { get; }

    /// <summary>A line that is another one when the credential is another one; reading it shows that it can be read.</summary>
    internal abstract Task<string> StandInAsync(CancellationToken stop);

    /// <summary>Asks for a token.</summary>
    /// <exception cref="TokenException">There is none to be had.</exception>
    /// <exception cref="SecretException">The credential cannot be read, or a new one not be kept.</exception>
    internal abstract Task<AccessToken> AskAsync(TokenErrand errand, CancellationToken stop);

    private protected static string KeyOf(params IEnumerable<string?> parts) => string.Join('\0', parts);
}

/// <summary>What the requests for one credential share.</summary>
/// <param name="Http">Whom the requests go through.</param>
/// <param name="Clock">The time.</param>
sealed record TokenErrand(HttpClient Http, TimeProvider Clock)
{
    /// <summary>A refresh token that could not be written yet, and the one in the file, which is spent.</summary>
    public (string Spent, string Next)? Unsaved { get; set; }
}
