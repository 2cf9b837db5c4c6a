using MailIngest.Mailboxes;

namespace MailIngest.Polling;

/// <summary>What one poll may still fetch, over all its sessions.</summary>
sealed class PollBudget(Mailbox mailbox)
{
    int _messages;
    long _octets;

    /// <summary>The server limits sign-ins (RFC 2449 §6.5): this poll has the session that it has, and no other.</summary>
    public bool OneSession { get; set; }

    /// <summary>Whether the mailbox's limit of messages or octets is reached: the rest waits for the next poll.</summary>
    public bool IsSpent =>
        (mailbox.MaxMessagesPerSession > 0 && _messages >= mailbox.MaxMessagesPerSession)
        || (mailbox.MaxOctetsPerSession > 0 && _octets >= mailbox.MaxOctetsPerSession);

    /// <summary>Whether the poll may still fetch a message of that size; the first may have any.</summary>
    public bool Affords(long octets) => mailbox.MaxOctetsPerSession == 0 || _octets == 0 || _octets + octets <= mailbox.MaxOctetsPerSession;

    /// <summary>The share of the next session: what is left, and no more than <c>commitEvery</c> messages.</summary>
    public FetchBudget ForSession()
    {
        var messages = mailbox.MaxMessagesPerSession == 0 ? mailbox.CommitEvery
            : Math.Min(mailbox.MaxMessagesPerSession - _messages, mailbox.CommitEvery == 0 ? int.MaxValue : mailbox.CommitEvery);
        return new(messages, mailbox.MaxOctetsPerSession == 0 ? 0 : mailbox.MaxOctetsPerSession - _octets);
    }

    /// <summary>Counts what a session has fetched.</summary>
    public void Spend(SessionTally tally)
    {
        _messages += tally.Listed.Count(message => tally[message.Number] == Outcome.Fetched);
        _octets += tally.Octets;
    }
}
