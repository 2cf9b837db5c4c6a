using System.Globalization;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>A plan in words: what the next session would do with each message, and why.</summary>
public static class PlanText
{
    /// <summary>One line for a message.</summary>
    public static string Of(PlannedMessage message, Mailbox mailbox) => string.Create(CultureInfo.InvariantCulture,
        $"{Act(message.Verdict),-12} {message.Number,5}  {message.Listed.Octets,12:N0} octets  "
            + $"{HostileText.Escape(message.Listed.UniqueId ?? "(no unique-id)", 70)}: {Why(message, mailbox)}");

    /// <summary>One line for the mailbox.</summary>
    public static string Summary(PollPlan plan, Mailbox mailbox)
    {
        var acts = plan.Messages.CountBy(message => Act(message.Verdict)).ToDictionary();
        return string.Create(CultureInfo.InvariantCulture,
            $"{mailbox.Id}: listed {plan.Messages.Count}: would fetch {acts.GetValueOrDefault(Fetch)}, would delete "
                + $"{acts.GetValueOrDefault(Delete)}, ")
            + string.Create(CultureInfo.InvariantCulture,
            $"would look at {acts.GetValueOrDefault(Look)}, would leave {acts.GetValueOrDefault(Leave)}; nothing was fetched, "
                + $"deleted or written");
    }

    const string Fetch = "would fetch", Delete = "would delete", Look = "would look", Leave = "would leave";

    static string Act(Verdict verdict) => verdict switch
    {
        Verdict.Fetch => Fetch,
        Verdict.Delete => Delete,
        Verdict.Identify or Verdict.Prove => Look,
        _ => Leave,
    };

    static string Why(PlannedMessage message, Mailbox mailbox) => message.Verdict switch
    {
        Verdict.Fetch => $"{WhyFetched(message)}; {AfterStoring(mailbox)}",
        Verdict.Identify => $"has no unique-id of its own: its content tells whether it is stored; if not, it is fetched, and "
            + $"{AfterStoring(mailbox)}",
        Verdict.Prove => "was stored before and is listed again: header or content tells whether it is the same message; if not, "
            + "it is fetched",
        Verdict.Delete => "is stored; its blob is looked for first, and its header compared where the server has TOP",
        Verdict.Keep => mailbox.Delete ? $"is stored; deleteAfter is not over before {message.Row?.FirstSeen + mailbox.DeleteAfter:u}"
            : "is stored; delete is false",
        Verdict.Oversize => "is larger than maxMessageSize",
        Verdict.Quarantined => $"is quarantined until somebody releases it: {HostileText.Escape(message.Row?.LastError ?? "")}",
        Verdict.Seeded => "was seeded: stored elsewhere, never fetched and never deleted",
        Verdict.ServerKeeps => $"is stored; the server keeps it although it answered {PollPlan.DeleteRounds} rounds of DELE and QUIT",
        Verdict.Retry => $"failed {Plural.Of(message.Attempts, "time")}: tried again by itself, once the others are done",
        Verdict.Failed => "failed in this poll",
        _ => "is beyond a limit of this session (maxMessagesPerSession, maxBytesPerSession, commitEvery); a later one takes it",
    };

    static string WhyFetched(PlannedMessage message) =>
        message.Attempts > 0 ? $"failed {Plural.Of(message.Attempts, "time")} and is tried again"
        : message.Rows.Count > 0 ? "another message than those known under its unique-id"
        : "new";

    static string AfterStoring(Mailbox mailbox) =>
        !mailbox.Delete ? "then it stays on the server (delete is false)"
        : mailbox.DeleteAfter is { } wait ? $"then it stays on the server for {wait} after its first sight"
        : "then it is deleted from the server";
}
