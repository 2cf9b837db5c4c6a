using System.Net;
using MailIngest.Pop3;

namespace MailIngest.Tokens;

/// <summary>What a token endpoint answered in place of a token.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Error">The word of RFC 6749 §5.2; null: none.</param>
/// <param name="Description">Free text.</param>
/// <param name="RetryAfter">How long it wants to be left alone.</param>
/// <param name="ServerTime">What time it is for the server.</param>
sealed record TokenRefusal(HttpStatusCode Status, string? Error, string? Description, TimeSpan? RetryAfter, DateTimeOffset? ServerTime)
{
    const int MostLetters = 240;

    /// <summary>Whether waiting may be enough. Prose is not judged; without a word of OAuth it may be something in between that answered.</summary>
    bool Passes => (int)Status is 408 or 429 or >= 500 || Error is null or "temporarily_unavailable" or "server_error";

    /// <summary>The exception for it: what was asked, what was said, what to do.</summary>
    public static TokenException Of(TokenGrant grant, TokenRefusal refusal) => refusal.Passes
        ? new($"{grant.Way}: {refusal.Said()}; the next poll tries again") { Patience = refusal.RetryAfter }
        : new($"{grant.Way}: {refusal.Said()}; {TokenSteps.ForRequest(grant, refusal.Error, refusal.Description)}")
        {
            IsRefused = true,
            Refusal = refusal,
        };

    string Said() => Error is null
        ? $"the endpoint answered HTTP {(int)Status} without an OAuth error; if that stays, check its address"
        : $"the endpoint answered {HostileText.Escape(Error)}{(Description is null ? "" : $": {Short(Description)}")}";

    /// <summary>Its first line, without the numbers that only Microsoft's support can read.</summary>
    static string Short(string description)
    {
        var line = description.Split('\n')[0].Split(" Trace ID:")[0];
        return HostileText.Escape(line.TrimEnd('.', ' ', '\r'), MostLetters);
    }
}
