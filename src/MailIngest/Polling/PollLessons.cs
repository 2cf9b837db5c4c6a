using MailIngest.Ledger;

namespace MailIngest.Polling;

/// <summary>What a mailbox's traits say after a poll. Pure.</summary>
static class PollLessons
{
    /// <summary>After so many polls that ended before a message that had failed got its turn, it comes first.</summary>
    public const int PutOffAtMost = 3;

    /// <summary>Whether this poll begins with a session for one message that failed before, although others wait too.</summary>
    public static bool IsTurnOfTheFailed(MailboxTraits traits) => traits.PutOff >= PutOffAtMost;

    /// <param name="traits">As the poll left them: what was said at the sign-in is in them.</param>
    /// <param name="report">Complete.</param>
    /// <param name="now">When the poll ended.</param>
    public static MailboxTraits After(MailboxTraits traits, PollReport report, DateTimeOffset now)
    {
        // What it did not come to is not put off to the next tick, perhaps tomorrow's: for the next start it is due as it was.
        if (report.Result == PollResult.Interrupted || (report.Interrupted && report.Failure is null))
            return report.Result == PollResult.Interrupted || report.Counts.Left > 0 ? traits : traits with { LastAttempt = now };
        traits = traits with { LastAttempt = now };
        if (report.Sessions > 0)
            traits = traits with { PutOff = report.PutOff ? Math.Min(traits.PutOff ?? 0, PutOffAtMost) + 1 : null };
        if (report.Failure is not { } failure)
            return traits with { LastSuccess = now, LastError = Unfinished(report), Failures = 0 };

        // No server is to blame, and nobody was signed in to: the first wait is enough, and it is seen that something is wrong.
        var failures = report.WasLocal ? Math.Max(1, traits.Failures ?? 0) : Math.Min(traits.Failures ?? 0, int.MaxValue - 1) + 1;
        return traits with { LastError = failure.Sentence, Failures = failures };
    }

    /// <summary>
    /// The poll ended well, but not for every message: each is counted on its own, and the mailbox is not to wait for it.
    /// </summary>
    static string? Unfinished(PollReport report) =>
        report.Counts.Failed > 0 && report.Errors.Count > 0
            ? $"{Plural.Of(report.Counts.Failed, "message")} failed, to be tried again: {report.Errors.First().Key}"
        : report.QuitRefused is { } reply ? $"QUIT was answered {reply}"
        : null;
}
