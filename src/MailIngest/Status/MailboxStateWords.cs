namespace MailIngest.Status;

/// <summary>What each state is called, and which is worse: the one place, for the page, the verb <c>status</c> and its JSON.</summary>
static class MailboxStateWords
{
    // A poll that begins or ends moves no line: what is fine keeps its place.
    static readonly MailboxState[][] ByUrgency =
    [
        [MailboxState.Suspended], [MailboxState.Failing], [MailboxState.Attention],
        [MailboxState.New, MailboxState.Polling, MailboxState.Ok],
        [MailboxState.Disabled],
    ];

    /// <summary>Every state, the worst first.</summary>
    public static IEnumerable<MailboxState> WorstFirst => ByUrgency.SelectMany(states => states);

    /// <summary>The worst mailbox first; those that are equally well by name.</summary>
    public static IEnumerable<MailboxStatus> OrderWorstFirst(this IEnumerable<MailboxStatus> mailboxes) =>
        mailboxes.OrderBy(mailbox => Array.FindIndex(ByUrgency, states => states.Contains(mailbox.State)))
            .ThenBy(mailbox => mailbox.Mailbox, StringComparer.Ordinal);

    /// <summary>Whether a person has something to do or to know.</summary>
    public static bool NeedsALook(this MailboxStatus mailbox) =>
        mailbox.State is MailboxState.Suspended or MailboxState.Failing or MailboxState.Attention;

    /// <summary>Its name for programs, and where there is little room: "ok", "attention". Scripts and style sheets rely on it.</summary>
    public static string Name(this MailboxState state) => state.ToString().ToLowerInvariant();

    /// <summary>What a person is told: "Fine", "To look at".</summary>
    public static string Said(this MailboxState state) => state switch
    {
        MailboxState.Ok => "Fine",
        MailboxState.Polling => "Polling",
        MailboxState.New => "Not polled yet",
        MailboxState.Disabled => "Switched off",
        MailboxState.Attention => "To look at",
        MailboxState.Failing => "Failing",
        MailboxState.Suspended => "Suspended",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No state of a mailbox."),
    };
}
