using System.Runtime.ExceptionServices;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>
/// Moves the mail of one mailbox into the blob store, in as many sessions as its limits and its mail ask for. Start reading here; what happens
/// in a session, and why it is safe, is in <see cref="PollSession"/>.
/// </summary>
public sealed class MailboxPoll(IBlobStore blobs, UniqueIdLedger ledger, MemoryBudget memory, Retries retries, TimeProvider clock, ILogger log)
{
    /// <summary>How long a mailbox stays ours without a sign of life.</summary>
    static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    /// <summary>Sessions of one poll that may end without getting anywhere; each one leaves its message for the next poll.</summary>
    const int MostFruitlessSessions = 20;

    /// <summary>Sessions of one poll that may break on the wire.</summary>
    const int MostBrokenSessions = 3;

    /// <summary>Polls the mailbox once. Never throws: what went wrong is in the report.</summary>
    /// <param name="report">Filled while the poll runs.</param>
    /// <param name="enough">Cancelled: no new RETR; what is in flight is finished, deleted and committed.</param>
    /// <param name="stop">Cancelled: everything is dropped where it stands, which is always safe.</param>
    public async Task<PollReport> RunAsync(Mailbox mailbox, PollReport report, CancellationToken enough, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        try
        {
            await using var lease = await ledger.TakeLeaseAsync(mailbox.Id, WorkerIdentity.Name, LeaseTime, WorkerIdentity.HasDied, stop);
            if (lease is null)
                report.HeldElsewhere = true;
            else
                await PollAsync(new(mailbox, lease, blobs, ledger, memory, clock, log, report), enough, stop);
        }
        catch (Exception exception) when (PollFailure.From(exception, mailbox) is { } failure)
        {
            report.Failure = failure;
            report.LeaseLost = exception is LeaseLostException;
        }
        catch (Exception bug)
        {
            log.Bug(bug);
            report.Failure = new(
                PollResult.Bug, ExitCode.Software, $"a bug in MailIngest ended this poll ({bug.Message.TrimEnd('.')}); nothing unproven was deleted; please report it");
        }
        report.Complete(clock.GetElapsedTime(started));
        log.Polled(report);
        PollMetrics.Record(report, clock.GetUtcNow());
        return report;
    }

    async Task PollAsync(PollContext poll, CancellationToken enough, CancellationToken stop)
    {
        await using var renewal = LeaseRenewal.Start(poll.Lease, LeaseTime / 4, clock);
        var budget = new PollBudget(poll.Mailbox);
        var (fruitless, broken) = (0, 0);
        var end = SessionEnd.More;
        do
        {
            try
            {
                end = await new PollSession(poll, budget, retries, alone: end == SessionEnd.Alone).RunAsync(enough, stop);
            }
            catch (MessageBrokeSessionException one) when (!budget.OneSession && ++broken < MostBrokenSessions)
            {
                // The store may have no room for one message and for all others: it is said, and the others are tried.
                if (one.InnerException is BlobStoreException)
                    poll.Report.Failure ??= PollFailure.From(one.InnerException, poll.Mailbox);
                end = SessionEnd.Fruitless;
            }
            catch (MessageBrokeSessionException last)
            {
                ExceptionDispatchInfo.Throw(last.InnerException!);
            }
            fruitless += end is SessionEnd.Fruitless or SessionEnd.Alone ? 1 : 0;
        }
        while (end != SessionEnd.Done && fruitless < MostFruitlessSessions && !budget.OneSession && !budget.IsSpent && !enough.IsCancellationRequested);
        poll.Report.Interrupted = enough.IsCancellationRequested;
    }
}
