using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using Microsoft.Extensions.Logging;

namespace MailIngest.Polling;

/// <summary>
/// Moves the mail of one mailbox into the blob store: open, list, decide, prove, fetch, delete, quit. Start reading here.
/// <para>A POP3 session is a transaction: DELE marks, QUIT commits (RFC 1939 §6), a dropped connection rolls back. Three rules carry all safety.
/// R1: a blob's name is a pure function of the message's identity, and it is created once. R2: DELE only what is proven durable, in the
/// blob store and in the ledger. R3: QUIT only when everything that was RETR'd is; otherwise the socket is closed without QUIT.</para>
/// </summary>
public sealed class MailboxPoll(IBlobStore blobs, UniqueIdLedger ledger, MemoryBudget memory, Retries retries, TimeProvider clock, ILogger log)
{
    /// <summary>How long a mailbox stays ours without a sign of life.</summary>
    static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    /// <summary>After so long a session fetches no more, so that a long backlog is committed again and again.</summary>
    static readonly TimeSpan CommitAfter = TimeSpan.FromMinutes(15);

    /// <summary>How long a mailbox whose session fell out of step is spoken to one command at a time, and without TOP.</summary>
    static readonly TimeSpan LockStepFor = TimeSpan.FromDays(1);

    /// <summary>Sessions of one poll that may end without getting anywhere; each one leaves its message for the next poll.</summary>
    const int MostFruitlessSessions = 20;

    /// <summary>Sessions of one poll that may break on the wire.</summary>
    const int MostBrokenSessions = 3;

    /// <summary>Polls the mailbox once; as many sessions as its limits and its mail ask for. Never throws for what a server, a store or a message did.</summary>
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
        }
        catch (Exception bug)
        {
            log.Bug(bug);
            report.Failure = new(ExitCode.Software, $"a bug in MailIngest ended this poll ({bug.Message}); nothing unproven was deleted; please report it");
        }
        report.Complete(clock.GetElapsedTime(started));
        log.Polled(report);
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
                end = await SessionAsync(poll, budget, end == SessionEnd.Alone, enough, stop);
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
                throw last.InnerException!;
            }
            fruitless += end is SessionEnd.Fruitless or SessionEnd.Alone ? 1 : 0;
        }
        while (end != SessionEnd.Done && !budget.OneSession && fruitless < MostFruitlessSessions && !budget.IsSpent && !enough.IsCancellationRequested);
        poll.Report.Interrupted = enough.IsCancellationRequested;
    }

    async Task<SessionEnd> SessionAsync(PollContext poll, PollBudget budget, bool alone, CancellationToken enough, CancellationToken stop)
    {
        // open: AUTHORIZATION -> TRANSACTION
        var careful = (await ledger.ReadTraitsAsync(poll.Mailbox.Id, stop)).LockStepUntil > clock.GetUtcNow();
        await using var session = await OpenAsync(poll.Mailbox, careful, stop);
        budget.OneSession = session.Capabilities.LoginDelay > 0;
        var proof = new SessionProof();
        try
        {
            // list
            var listing = await session.ListMaildropAsync(stop);

            // decide
            var rows = await ledger.ReadAsync(poll.Mailbox.Id, stop);
            var share = budget.ForSession();
            var plan = PollPlan.Decide(listing, rows, poll.Mailbox, share, poll.Report.FailedMessages, alone, clock.GetUtcNow());
            var tally = poll.Report.Begin(listing);
            await ConfirmAsync(poll, plan, tally, stop);

            // fetch what is plainly new, prove the rest, and fetch what turns out to be new
            using var commitAfter = new CancellationTokenSource(CommitAfter, clock);
            using var noMore = CancellationTokenSource.CreateLinkedTokenSource(enough, commitAfter.Token);
            using var fetch = new MessageFetch(poll, tally, proof, new(poll.Mailbox.Sizes == SizeTrust.Exact), Renamed(rows, plan));
            var proofs = new MessageProofs(poll, tally, proof, new(poll.Mailbox.Sizes == SizeTrust.Exact), share, careful, noMore.Token);
            var whole = await FetchAsync(session, poll, fetch, [.. plan.Messages.Where(message => message.Verdict == Verdict.Fetch)], tally, noMore.Token, stop);
            if (whole)
            {
                var unproven = await proofs.ResolveAsync(session, plan, stop);
                whole = proofs.Trusted && await FetchAsync(session, poll, fetch, unproven, tally, CancellationToken.None, stop);
            }
            budget.Spend(tally);

            // R3: something that was RETR'd is not stored. Without QUIT nothing is deleted; the next session deletes what is.
            if (!whole || !proof.MayQuit)
            {
                if (proof.AnyRefused)
                    await DoubtAsync(poll, proof, "the session that stored it was not in step to its end", stop);
                return SessionEnd.Fruitless;
            }
            if (proof.AnyRefused)
                await AskInStepAsync(session, tally, stop);

            // delete, quit: TRANSACTION -> UPDATE
            var marked = await DeleteAsync(session, poll, proof.Removable, stop);
            await QuitAsync(session, poll, [.. proof.Removable.Values], marked, stop);
            if (!tally.IsComplete)
                log.DoesNotReconcile(poll.Mailbox.Id, listing.Messages.Count);
            return After(plan, tally, budget, alone, poll.Report);
        }
        catch (Exception exception) when (exception is Pop3Exception or MessageBrokeSessionException)
        {
            if (IsOutOfStep(exception) || proof.AnyRefused)
                await DoubtAsync(poll, proof, exception.Message, stop);
            if (IsOutOfStep(exception) || exception is MessageBrokeSessionException { AtTop: true })
                await FallBackToLockStepAsync(poll, exception, stop);
            throw;
        }
    }

    async Task<MaildropSession> OpenAsync(Mailbox mailbox, bool careful, CancellationToken stop)
    {
        var options = mailbox.ToPop3Options(clock, lockStep: careful);
        return await retries.OpenAsync(async token =>
        {
            var password = await mailbox.Password.ReadAsync(token);
            return await Pop3Client.OpenAsync(mailbox.Server, new(mailbox.Username, password.Reveal(), mailbox.Mechanism), options, token);
        }, stop);
    }

    /// <summary>The listing is complete: what it no longer shows is gone, what is new is sighted, and what needs no action is settled.</summary>
    async Task ConfirmAsync(PollContext poll, PollPlan plan, SessionTally tally, CancellationToken stop)
    {
        RowKey[] gone = [.. plan.Gone.Select(row => row.Key)];
        if (plan.EverythingRenamed)
            await ledger.RenamedAsync(poll.Lease, gone, stop);
        else if (gone.Length > 0)
            await ledger.GoneAsync(poll.Lease, gone, stop);
        foreach (var vanished in plan.Gone.Where(row => row.State == MessageState.Seen && row.Generation == 0 && !ContentId.Is(row.UniqueId)))
            log.VanishedUnstored(poll.Mailbox.Id, HostileText.Escape(vanished.UniqueId), vanished.ListedOctets);

        foreach (var message in plan.Messages)
        {
            if (message.Verdict == Verdict.Identify || message.Listed.UniqueId is null)
                tally.Unnamed(message.Number);
            if (message.Verdict == Verdict.Oversize && poll.Mailbox.Oversize == Oversize.Quarantine && message.Key is not null)
                await QuarantineAsync(poll, message, stop);
            if (Settled(message.Verdict, poll.Mailbox) is { } outcome)
                tally.Settle(message.Number, outcome);
        }
    }

    static Outcome? Settled(Verdict verdict, Mailbox mailbox) => verdict switch
    {
        Verdict.Keep => Outcome.StoredEarlier,
        Verdict.Oversize => mailbox.Oversize == Oversize.Quarantine ? Outcome.Quarantined : Outcome.Skipped,
        Verdict.Quarantined => Outcome.Quarantined,
        Verdict.Failed => Outcome.Failed,
        Verdict.Retry or Verdict.Later => Outcome.Left,
        _ => null,
    };

    async Task QuarantineAsync(PollContext poll, PlannedMessage message, CancellationToken stop)
    {
        await ledger.SightAsync(poll.Lease, [new(message.Key!.UniqueId, message.Key.Generation, message.Listed.Octets)], stop);
        await ledger.QuarantineAsync(poll.Lease, message.Key, $"{message.Listed.Octets} octets by LIST, more than maxMessageSize allows", stop);
    }

    /// <summary>Stored messages that left the listing although we never deleted them. If their bytes come back under other unique-ids, the server has renamed them.</summary>
    static ILookup<string, LedgerRow> Renamed(IReadOnlyList<LedgerRow> rows, PollPlan plan)
    {
        return rows.Where(row => row is { State: MessageState.Gone, DeletingAt: null })
            .Concat(plan.Gone.Where(row => row.DeletingAt is null || plan.EverythingRenamed))
            .Where(row => row.Stored is not null)
            .ToLookup(row => row.Stored!.Sha256);
    }

    async Task<bool> FetchAsync(
        MaildropSession session, PollContext poll, MessageFetch fetch, IReadOnlyList<PlannedMessage> wanted, SessionTally tally,
        CancellationToken enough, CancellationToken stop)
    {
        if (wanted.Count == 0)
            return true;
        poll.Report.Planned(wanted.Count, wanted.Select(message => message.Listed.Octets).Sum());
        // Durable before the first RETR: if the ledger cannot be written, nothing is fetched.
        await ledger.SightAsync(poll.Lease, [.. wanted.Select(message => new Sighting(message.Key!.UniqueId, message.Key.Generation, message.Listed.Octets))], stop);

        var whole = await fetch.RunAsync(session, wanted, enough, stop);
        if (whole && enough.IsCancellationRequested)
            foreach (var message in wanted.Where(message => tally.IsOpen(message.Number)))
                tally.Settle(message.Number, Outcome.Left);
        return whole;
    }

    /// <summary>
    /// A RETR was refused, and perhaps nothing was: an -ERR out of nowhere shifts all answers by one, and each message passes for the one
    /// before. The answer to LIST of one message fits no other command (RFC 1939 §5).
    /// </summary>
    static async Task AskInStepAsync(MaildropSession session, SessionTally tally, CancellationToken stop)
    {
        if (tally.Listed.LastOrDefault(message => tally[message.Number] is Outcome.Fetched or Outcome.StoredEarlier) is { Number: > 0 } answered)
            await session.ListAsync(answered.Number, stop);
    }

    /// <summary>What this session stored may be the bytes of other messages: before one of them is deleted it is proven once more.</summary>
    async Task DoubtAsync(PollContext poll, SessionProof proof, string why, CancellationToken stop)
    {
        foreach (var row in proof.Stored)
            await ledger.FailedAsync(poll.Lease, row, why, null, int.MaxValue, stop);
    }

    /// <summary>R2: the ledger says <c>deleting</c>, durably and under our lease, before the server hears of it.</summary>
    /// <returns>How many messages the server has marked.</returns>
    async Task<int> DeleteAsync(MaildropSession session, PollContext poll, IReadOnlyDictionary<int, RowKey> removable, CancellationToken stop)
    {
        if (removable.Count == 0)
            return 0;
        await ledger.DeletingAsync(poll.Lease, [.. removable.Values.Distinct()], stop);
        var numbers = removable.Keys.ToList();
        var replies = await session.DeleteAsync(numbers, stop);
        for (var i = 0; i < numbers.Count; i++)
            if (!replies[i].Ok)
                log.DeleteRefused(poll.Mailbox.Id, numbers[i], replies[i].ToString());
        return replies.Count(reply => reply.Ok);
    }

    /// <summary>QUIT is the commit. Its answer is only noted: whether a message is gone is told by the next complete listing.</summary>
    async Task QuitAsync(MaildropSession session, PollContext poll, IReadOnlyCollection<RowKey> removable, int marked, CancellationToken stop)
    {
        await poll.Lease.RenewAsync(stop);
        var reply = await session.QuitAsync(stop);
        if (!reply.Ok)
        {
            poll.Report.QuitRefused = reply.ToString();
            return;
        }
        poll.Report.Deleted += marked;
        if (removable.Count > 0)
            await ledger.AskedAsync(poll.Lease, [.. removable], stop);
    }

    /// <summary>What the poll does next. A session that has moved nothing counts as fruitless, so that no server can keep a poll going for ever.</summary>
    static SessionEnd After(PollPlan plan, SessionTally tally, PollBudget budget, bool alone, PollReport report)
    {
        bool Waits(PlannedMessage message) =>
            tally[message.Number] == Outcome.Left && budget.Affords(message.Listed.Octets) && !report.FailedMessages.Contains(PollPlan.FailedName(message.Listed));

        if (!alone && plan.Messages.Any(message => message.Verdict != Verdict.Retry && Waits(message)))
            return plan.Messages.Any(message => tally[message.Number] == Outcome.Fetched) ? SessionEnd.More : SessionEnd.Fruitless;
        return plan.Messages.Any(message => message.Verdict == Verdict.Retry && Waits(message)) ? SessionEnd.Alone : SessionEnd.Done;
    }

    static bool IsOutOfStep(Exception exception) =>
        (exception is MessageBrokeSessionException ? exception.InnerException : exception) is Pop3ProtocolException { ConnectionLost: false };

    async Task FallBackToLockStepAsync(PollContext poll, Exception exception, CancellationToken stop)
    {
        var traits = await ledger.ReadTraitsAsync(poll.Mailbox.Id, stop);
        await ledger.SaveTraitsAsync(poll.Lease, traits with { LockStepUntil = clock.GetUtcNow() + LockStepFor }, stop);
        log.LockStep(poll.Mailbox.Id, exception.Message, LockStepFor);
    }

    enum SessionEnd
    {
        /// <summary>Nothing more to do in this poll.</summary>
        Done,

        /// <summary>Committed, and a limit or a failed message asks for another session.</summary>
        More,

        /// <summary>Committed, and a message that failed before waits for a session of its own.</summary>
        Alone,

        /// <summary>Ended at a message that failed; the others deserve another session.</summary>
        Fruitless,
    }
}
