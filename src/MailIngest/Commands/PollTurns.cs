using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Status;

namespace MailIngest.Commands;

/// <summary>
/// A poll of <c>run</c> from its due time to its end: it waits for its turn, is shown on the board while it runs, and is counted.
/// </summary>
/// <param name="slots">Whose turn it is.</param>
/// <param name="board">Shows what runs.</param>
/// <param name="poll">Polls: <see cref="MailboxPoll.RunAsync"/>.</param>
/// <param name="enough">Cancelled: nobody is signed in to any more, and running polls come to their end.</param>
/// <param name="stop">Cancelled: everything is dropped.</param>
sealed class PollTurns(
    SessionSlots slots, StatusBoard board, Func<Mailbox, PollReport, CancellationToken, CancellationToken, Task<PollReport>> poll,
    CancellationToken enough, CancellationToken stop)
{
    int _polls;
    int _dropped;

    /// <summary>Polls that had their turn.</summary>
    public int Polls => _polls;

    /// <summary>Of these, the ones that had to be dropped where they stood.</summary>
    public int Dropped => _dropped;

    /// <summary>Polls a mailbox that was due then.</summary>
    public async Task<PollReport> PollAsync(Mailbox mailbox, DateTimeOffset due)
    {
        var report = new PollReport(mailbox.Id);
        if (!await slots.RunAsync(mailbox.Server.Host, due, () => RunAsync(mailbox, report), enough))
            report.Interrupted = true; // the next start polls it
        return report;
    }

    async Task RunAsync(Mailbox mailbox, PollReport report)
    {
        Interlocked.Increment(ref _polls);
        board.Polling(mailbox.Id);
        try
        {
            await poll(mailbox, report, enough, stop);
        }
        finally
        {
            board.Polled(mailbox.Id);
            if (report.Failure?.Result == PollResult.Interrupted)
                Interlocked.Increment(ref _dropped);
        }
    }
}
