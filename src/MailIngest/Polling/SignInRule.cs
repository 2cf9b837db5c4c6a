using System.Globalization;
using MailIngest.Ledger;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// Whether a mailbox may be signed in to, and what a server's answer to a sign-in means for the next one. Pure; only response codes count,
/// prose never does (RFC 2449 §8, RFC 3206).
/// </summary>
static class SignInRule
{
    /// <summary>A server that cannot say that the credentials are wrong may mean something that passes: it is asked once a day.</summary>
    public static readonly TimeSpan WithoutCode = TimeSpan.FromDays(1);

    /// <summary>
    /// No server's wish for patience counts for longer: neither a huge LOGIN-DELAY nor a clock that was ahead silences a mailbox.
    /// </summary>
    public static readonly TimeSpan MostPatience = TimeSpan.FromDays(1);

    /// <summary>The first wait after [LOGIN-DELAY] from a server that does not announce how long.</summary>
    static readonly TimeSpan FirstGuess = TimeSpan.FromMinutes(1);

    /// <summary>Tokens that may be refused in a row before it is only one a day.</summary>
    const int TokenAttempts = 4;

    /// <summary>How long the server still wants to be left alone, or null: it may be signed in to.</summary>
    public static DateTimeOffset? Patience(MailboxTraits traits, DateTimeOffset now) =>
        traits.NotBefore is { } until && until > now && until - now <= MostPatience ? until : null;

    /// <summary>Whether what <see cref="MailboxTraits.SignInMark"/> stands for must not be sent now.</summary>
    /// <remarks>A day is a day: what a clock that was ahead has set must not silence the mailbox for years.</remarks>
    public static bool IsSuspended(MailboxTraits traits, DateTimeOffset now) =>
        traits is { SignInMark: not null, SuspendedUntil: { } until }
        && until > now && (until == DateTimeOffset.MaxValue || until - now <= WithoutCode);

    /// <summary>Why nothing was sent, and what to do.</summary>
    public static string Sentence(string mailbox, MailboxTraits traits) => string.Create(CultureInfo.InvariantCulture,
        $"{mailbox} is suspended since {traits.LastAttempt:yyyy-MM-dd HH:mm}Z, {Next(traits)}: "
            + $"{traits.LastError ?? "its sign-in was refused"}");

    static string Next(MailboxTraits traits) => traits.SuspendedUntil!.Value == DateTimeOffset.MaxValue
        ? "until its secret or its file changes (any change of the file counts)"
        : string.Create(CultureInfo.InvariantCulture,
            $"until {traits.SuspendedUntil:yyyy-MM-dd HH:mm}Z or until its secret or its file changes (any change of the file counts)");

    /// <summary>The file or the secret is another one: a new beginning.</summary>
    public static MailboxTraits Lifted(MailboxTraits traits) =>
        traits with { SignInRefusals = null, SignInMark = null, SuspendedUntil = null };

    /// <summary>The server is about to be signed in to, and wants so many seconds before the next time.</summary>
    public static MailboxTraits Announced(MailboxTraits traits, int? seconds, DateTimeOffset now) =>
        traits with { NotBefore = seconds > 0 ? now + TimeSpan.Min(TimeSpan.FromSeconds(seconds.Value), MostPatience) : null };

    /// <summary>The sign-in succeeded: everything held against the credentials is forgotten.</summary>
    public static MailboxTraits SignedIn(MailboxTraits traits, int? loginDelay, DateTimeOffset now) =>
        Announced(Lifted(traits), loginDelay, now);

    /// <summary>The server has refused.</summary>
    /// <param name="traits">As they were before this sign-in.</param>
    /// <param name="refused">What it said.</param>
    /// <param name="mark">What was refused; null unless it is about the credentials.</param>
    /// <param name="attempts">So many in a row suspend the mailbox.</param>
    /// <param name="now">The time.</param>
    public static MailboxTraits Refused(MailboxTraits traits, Pop3RefusedException refused, string? mark, int attempts, DateTimeOffset now)
    {
        if (refused.Reply.Code?.Is(ResponseCode.LoginDelay) == true)
            return refused.LoginDelay > 0
                ? Announced(traits, refused.LoginDelay, now)
                : traits with { NotBefore = now + Retries.BackOff((traits.Failures ?? 0) + 1, FirstGuess) };
        if (!refused.IsCredentials || mark is null)
            return traits;

        var refusals = RefusedInARow(traits, mark);
        DateTimeOffset? until = refused.Reply.Code is null ? now + Pause(refusals, attempts)
            : refusals < attempts ? null
            : DateTimeOffset.MaxValue;
        return traits with { SignInRefusals = refusals, SignInMark = mark, SuspendedUntil = until };
    }

    /// <summary>
    /// No token was to be had, or the server took neither of two: a step at the provider is missing, which nobody tells us of when it is
    /// done. No account is locked by a token; the attempts are spread over the day all the same, for it may also be the server's trouble.
    /// </summary>
    public static MailboxTraits TokenRefused(MailboxTraits traits, string mark, DateTimeOffset now)
    {
        var refusals = RefusedInARow(traits, mark);
        return traits with { SignInRefusals = refusals, SignInMark = mark, SuspendedUntil = now + Pause(refusals, TokenAttempts) };
    }

    static int RefusedInARow(MailboxTraits traits, string mark) => mark == traits.SignInMark ? (traits.SignInRefusals ?? 0) + 1 : 1;

    /// <summary>
    /// Between the attempts at a server that cannot say what is wrong: they are spread over the day, so that its trouble may pass
    /// meanwhile.
    /// </summary>
    static TimeSpan Pause(int refusals, int attempts) => refusals >= attempts ? WithoutCode
        : refusals == 1 ? TimeSpan.FromMinutes(15)
        : refusals == 2 ? TimeSpan.FromHours(2)
        : TimeSpan.FromHours(8);
}
