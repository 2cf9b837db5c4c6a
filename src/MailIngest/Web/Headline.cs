using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>The sentence that a person reads first, and how the mailboxes are counted for it.</summary>
static class Headline
{
    /// <summary>The headline, and one line below it that says how many mailboxes are how.</summary>
    public static (string Headline, string Below) Of(WorkerStatus status)
    {
        var all = status.Mailboxes.Count(mailbox => mailbox.State != MailboxState.Disabled);
        var look = NeedingALook(status);
        var headline = status switch
        {
            { LedgerProblem: not null } => "The ledger cannot be read",
            _ when HasStopped(status) => "The scheduler has stopped",
            { StoreProblem: not null } => "The blob store cannot be used",
            { Mailboxes.Count: 0 } => "Ready for the first mailbox",
            _ when all == 0 => "Every mailbox is switched off",
            _ when look > 0 =>
                $"{Figures.Number(look)} of {Figures.Number(all)} {(all == 1 ? "mailbox" : "mailboxes")} "
                    + $"{(look == 1 ? "needs" : "need")} a look",
            _ => all == 1 ? "The mailbox is fine" : $"All {Figures.Number(all)} mailboxes are fine",
        };
        var below = status switch
        {
            { LedgerProblem: not null } => "What the mailboxes hold is unknown until it can.",
            { Mailboxes.Count: 0 } => "The worker is running.",
            _ => Below(status),
        };
        return (headline, below);
    }

    /// <summary>Mailboxes in which a person has something to do or to know.</summary>
    public static int NeedingALook(WorkerStatus status) => status.Mailboxes.Count(mailbox => mailbox.NeedsALook());

    /// <summary>Something stands in the way of every mailbox.</summary>
    public static bool IsBad(WorkerStatus status) =>
        status.LedgerProblem is not null || status.StoreProblem is not null || HasStopped(status);

    public static bool HasStopped(WorkerStatus status) => !Health.Live(status.LastTick, status.At).IsWell;

    static string Below(WorkerStatus status)
    {
        var fine = status.Mailboxes.Count(mailbox => mailbox.State is MailboxState.Ok or MailboxState.Polling or MailboxState.New);
        return "<span>" + string.Join(" ·</span> <span>", from part in ((int Count, string Word)[])
            [
                (fine, "fine"), (Count(MailboxState.Suspended), "suspended"), (Count(MailboxState.Failing), "failing"),
                (Count(MailboxState.Attention), "to look at"), (Count(MailboxState.Disabled), "switched off"),
            ]
            where part.Count > 0
            select $"{Figures.Number(part.Count)} {part.Word}") + "</span>";

        int Count(MailboxState state) => status.Mailboxes.Count(mailbox => mailbox.State == state);
    }
}
