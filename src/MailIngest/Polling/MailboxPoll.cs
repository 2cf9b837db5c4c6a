using System.Runtime.ExceptionServices;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>
/// Moves the mail of one mailbox into the blob store, in as many sessions as its limits and its mail ask for. Start reading here; what
/// happens in a session, and why it is safe, is in <see cref="PollSession"/>.
/// </summary>
public sealed class MailboxPoll(
    GuardedBlobStore blobs, UniqueIdLedger ledger, MemoryBudget memory, Retries retries, TimeProvider clock, ILogger log)
{
    /// <summary>How long a mailbox stays ours without a sign of life.</summary>
    static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    /// <summary>Sessions of one poll that may end without getting anywhere; each one leaves its message for the next poll.</summary>
    const int MostFruitlessSessions = 20;

    /// <summary>Sessions of one poll that may break on the wire.</summary>
    const int MostBrokenSessions = 3;

    readonly SignInMark _marks = new();

    /// <summary>Who holds the leases: this process.</summary>
    internal string Owner { get; init; } = WorkerIdentity.Name;

    /// <summary>Whether the owner of a lease is known to have ended.</summary>
    internal Func<string, bool> HasDied { get; init; } = WorkerIdentity.HasDied;

    /// <summary>The access tokens of this process.</summary>
    public TokenSources Tokens { get; init; } = new(clock);

    /// <summary>How a server is connected to; null: by TCP.</summary>
    internal Func<Pop3Endpoint, CancellationToken, ValueTask<Stream>>? Connect { get; init; }

    /// <summary>Polls the mailbox once. Never throws: what went wrong is in the report.</summary>
    /// <param name="report">Filled while the poll runs.</param>
    /// <param name="enough">Cancelled: no new RETR; what is in flight is finished, deleted and committed.</param>
    /// <param name="stop">Cancelled: everything is dropped where it stands, which is always safe.</param>
    public async Task<PollReport> RunAsync(Mailbox mailbox, PollReport report, CancellationToken enough, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        try
        {
            await using var lease = await ledger.TakeLeaseAsync(mailbox.Id, Owner, LeaseTime, HasDied, stop);
            if (lease is null)
                report.HeldElsewhere = true;
            else
                await HoldAsync(mailbox, lease, report, enough, stop);
        }
        catch (Exception exception)
        {
            Fail(report, mailbox, exception, stop);
        }
        report.Elapsed = clock.GetElapsedTime(started);
        log.Polled(report);
        PollMetrics.Record(report, clock.GetUtcNow());
        return report;
    }

    /// <summary>The mailbox is ours: polls it if it may be signed in to, and remembers how that went, whatever happened.</summary>
    async Task HoldAsync(Mailbox mailbox, MailboxLease lease, PollReport report, CancellationToken enough, CancellationToken stop)
    {
        var learned = await Learned.ReadAsync(ledger, lease, stop);
        var poll = new PollContext(mailbox, lease, learned, blobs, ledger, memory, clock, log, report);
        var begun = false;
        try
        {
            if (begun = await MayBeginAsync(poll, stop))
                await PollAsync(poll, enough, stop);
        }
        catch (Exception exception)
        {
            Fail(report, mailbox, exception, stop);
        }
        report.Complete(TimeSpan.Zero); // its counts are part of the lesson
        if (begun || report.WasLocal)
            await learned.SaveAsync(PollLessons.After(learned.Traits, report, clock.GetUtcNow()));
    }

    /// <summary>Whether the mailbox may be signed in to now. If not, the report says why, and nobody is connected to.</summary>
    async Task<bool> MayBeginAsync(PollContext poll, CancellationToken stop)
    {
        var (traits, now, report) = (poll.Learned.Traits, clock.GetUtcNow(), poll.Report);
        if (SignInRule.Patience(traits, now) is { } until)
        {
            report.Postponed = until;
            return false;
        }
        if (SignInRule.IsSuspended(traits, now))
        {
            // What is refused is known by its mark alone: the secret is read, and sent to nobody.
            if (_marks.StandsFor(traits.SignInMark!, poll.Mailbox, await poll.Mailbox.Password.ReadAsync(stop)))
            {
                report.Failure = new(PollResult.Auth, ExitCode.SignInRefused, SignInRule.Sentence(poll.Mailbox.Id, traits));
                report.Postponed = traits.SuspendedUntil;
                return false;
            }
            poll.Learned.Note(SignInRule.Lifted(traits));
        }
        if (await retries.StoreProblemAsync(blobs.TryOutAsync, stop) is { } trouble)
        {
            report.Failure = new(
                PollResult.Store, ExitCode.Temporary, $"{trouble.Sentence.TrimEnd('.', ' ')}; nobody is signed in to until it works again");
            report.Postponed = trouble.Until;
            report.WasLocal = true;
            return false;
        }
        return true;
    }

    void Fail(PollReport report, Mailbox mailbox, Exception exception, CancellationToken stop)
    {
        report.LeaseLost |= exception is LeaseLostException;
        if (report.Failure is not null && exception is LedgerException)
            return; // what failed first is the one to tell
        // Nobody told this poll to stop: if it counted as an interruption, a mailbox could fail for ever and never be said to.
        var gaveUp = exception is OperationCanceledException && !stop.IsCancellationRequested;
        report.Failure = gaveUp ? null : PollFailure.From(exception, mailbox);
        report.WasLocal = exception is SecretException;
        report.CredentialsRefused = exception is TokenException { IsRefused: true };
        if (exception is Pop3RefusedException refused)
        {
            report.CredentialsRefused = refused.IsCredentials;
            if (refused.Reply.Code?.Is(ResponseCode.SysPerm) == true)
                report.Postponed = clock.GetUtcNow() + Retries.Ceiling;
        }
        if (report.Failure is not null)
            return;
        log.Bug(exception);
        report.Failure = new(
            PollResult.Bug, ExitCode.Software,
            $"a bug in MailIngest ended this poll ({exception.Message.TrimEnd('.')}); nothing unproven was deleted; please report it");
    }

    async Task PollAsync(PollContext poll, CancellationToken enough, CancellationToken stop)
    {
        await using var renewal = LeaseRenewal.Start(poll.Lease, LeaseTime / 4, clock);
        var budget = new PollBudget(poll.Mailbox);
        var signIn = new SignIn(poll, retries, _marks, Tokens, Connect);
        var (fruitless, broken) = (0, 0);
        // Where no poll comes to the end of its work, a message that failed would wait for ever.
        var turn = PollLessons.IsTurnOfTheFailed(poll.Learned.Traits);
        var end = SessionEnd.More;
        do
        {
            try
            {
                end = await new PollSession(poll, budget, signIn, alone: turn || end == SessionEnd.Alone).RunAsync(enough, stop);
                end = turn ? SessionEnd.More : end;
            }
            catch (MessageBrokeSessionException one) when (!budget.OneSession && ++broken < MostBrokenSessions)
            {
                // The store may have no room for one message and for all others: it is said, and the others are tried.
                if (one.InnerException is BlobStoreException)
                {
                    poll.Report.Failure ??= PollFailure.From(one.InnerException, poll.Mailbox);
                    if (await retries.StoreProblemAsync(blobs.TryOutAsync, stop) is not null)
                        break;
                }
                end = SessionEnd.Fruitless;
            }
            catch (MessageBrokeSessionException last)
            {
                ExceptionDispatchInfo.Throw(last.InnerException!);
            }
            turn = false;
            fruitless += end is SessionEnd.Fruitless or SessionEnd.Alone ? 1 : 0;
        }
        while (end != SessionEnd.Done && fruitless < MostFruitlessSessions && !budget.OneSession && !budget.IsSpent
            && !enough.IsCancellationRequested);
        poll.Report.CutByLimit = budget.IsSpent || (end == SessionEnd.Done ? poll.Mailbox.MaxOctetsPerSession > 0 : budget.OneSession);
        poll.Report.Interrupted = enough.IsCancellationRequested;
    }
}
