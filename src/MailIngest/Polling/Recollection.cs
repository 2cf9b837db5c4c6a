using MailIngest.Ledger;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What the ledger knows of a mailbox, for one session. The part that may be large is read while the server opens the maildrop; of the rows
/// themselves only those are read that the listing makes necessary.
/// </summary>
sealed class Recollection : IAsyncDisposable
{
    readonly PollContext _poll;
    readonly CancellationTokenSource _over;
    readonly Task _reading;
    readonly PresentMessages _present;

    Recollection(PollContext poll, CancellationToken stop)
    {
        _poll = poll;
        _present = new(poll.Report.FailedMessages);
        At = poll.Clock.GetUtcNow();
        _over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // The database works on the thread that asks it, and the caller has a server to talk to. Where there is a synchronization context
        // (the simulation runs on one thread), it is that one's turn later.
        _reading = Task.Factory.StartNew(
            ReadAsync, _over.Token, TaskCreationOptions.DenyChildAttach,
            SynchronizationContext.Current is null ? TaskScheduler.Default : TaskScheduler.FromCurrentSynchronizationContext()).Unwrap();
    }

    /// <summary>The time by which it was judged what is settled; the plan judges the other messages by the same.</summary>
    public DateTimeOffset At { get; }

    /// <summary>Begins to read. The mailbox's lease has to be held, so that nobody else changes what is read.</summary>
    public static Recollection Begin(PollContext poll, CancellationToken stop) => new(poll, stop);

    /// <summary>Lists the maildrop. Messages that are settled are only counted; of all others that are listed or missing, every row is
    /// read.</summary>
    public async Task<(MaildropListing Listing, IReadOnlyList<LedgerRow> Rows)> ListAsync(MaildropSession session, CancellationToken stop)
    {
        await _reading;
        var listing = await session.ListMaildropAsync(_present.Settled.Knows, stop);
        if (!_present.Settled.IsListedTwice)
            return (listing, await _poll.Ledger.ReadAsync(_poll.Mailbox.Id, _present.Touched(listing), stop));
        // Which of the two is it? The octets have to tell, and so nothing is settled: the listing is asked for once more.
        listing = await session.ListMaildropAsync(stop);
        return (listing, await _poll.Ledger.ReadAsync(_poll.Mailbox.Id, stop));
    }

    /// <summary>Whether the listing counts this message only.</summary>
    public bool WasKnown(string uniqueId) => _present.Settled.WasKnown(uniqueId);

    /// <summary>What is not read yet is not needed any more; whatever came of it, the session has ended in its own way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _over.Dispose();
    }

    async Task ReadAsync()
    {
        await _poll.Ledger.ReadPresentAsync(
            _poll.Mailbox.Id, PollPlan.RemovableUntil(_poll.Mailbox, At), _present.Take, _over.Token);
        _present.End();
    }
}
