using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// One session with one maildrop: open, list, decide, fetch, prove, delete, quit.
/// <para>A POP3 session is a transaction: DELE marks, QUIT commits (RFC 1939 §6), a dropped connection rolls back. Three rules carry all
/// safety. R1: a blob's name is a pure function of the message's identity, and it is created once. R2: DELE only what is proven durable, in
/// the blob store and in the ledger. R3: QUIT only when everything that was RETR'd is; otherwise the socket is closed without QUIT.</para>
/// </summary>
/// <param name="alone">This session is for one message that failed before, and for nothing else.</param>
sealed class PollSession(PollContext poll, PollBudget budget, SignIn signIn, bool alone)
{
    /// <summary>After so long a session fetches no more, so that a long backlog is committed again and again.</summary>
    static readonly TimeSpan LongSession = TimeSpan.FromMinutes(15);

    readonly SessionProof _proof = new();

    public async Task<SessionEnd> RunAsync(CancellationToken enough, CancellationToken stop)
    {
        // The ledger is read while the server opens the maildrop.
        await using var recollection = Recollection.Begin(poll, stop);

        // open: AUTHORIZATION -> TRANSACTION
        var careful = LockStep.Applies(poll.Learned.Traits, poll.Clock.GetUtcNow());
        await using var session = await signIn.OpenAsync(careful, stop);
        budget.OneSession = session.Capabilities.LoginDelay > 0;
        try
        {
            // list
            var (listing, rows) = await ListAsync(recollection, session, stop);

            // decide
            var share = budget.ForSession();
            var plan = PollPlan.Decide(listing, rows, poll.Mailbox, share, poll.Report.FailedMessages, alone, recollection.At);
            var tally = poll.Report.Begin(listing, recollection.WasKnown);
            poll.Report.Decided(plan);
            NoteAnomalies(listing, plan);
            await ConfirmAsync(plan, tally, stop);

            // fetch what is plainly new, prove the rest, and fetch what turns out to be new
            using var commitAfter = new CancellationTokenSource(CommitAfter(poll.Mailbox), poll.Clock);
            using var noMore = CancellationTokenSource.CreateLinkedTokenSource(enough, commitAfter.Token);
            var sizes = new SizeRule(poll.Mailbox.Sizes);
            var vanished = plan.MayFetch ? await poll.Ledger.ReadVanishedAsync(poll.Mailbox.Id, stop) : [];
            using var fetch = new MessageFetch(poll, tally, _proof, sizes, Renamed([.. rows.UnionBy(vanished, row => row.Key)], plan));
            var proofs = new MessageProofs(poll, tally, _proof, sizes, share, careful, noMore.Token);
            var whole = await FetchAsync(session, fetch, plan.ToFetch, tally, noMore.Token, stop);
            if (whole)
            {
                // What had to be RETR'd to be identified is stored before QUIT, whatever the time.
                var unproven = await proofs.ResolveAsync(session, plan, stop);
                whole = proofs.Trusted && await FetchAsync(session, fetch, unproven, tally, CancellationToken.None, stop);
            }
            budget.Spend(tally);

            // R3: something that was RETR'd is not stored. Without QUIT nothing is deleted; the next session deletes what is.
            if (!whole || !_proof.MayQuit)
                return SessionEnd.Fruitless;

            // delete, quit: TRANSACTION -> UPDATE
            var marked = await DeleteAsync(session, _proof.Removable, stop);
            await QuitAsync(session, [.. _proof.Removable.Values], marked, stop);
            if (!tally.IsComplete)
                poll.Log.DoesNotReconcile(poll.Mailbox.Id, listing.Count);
            return After(plan, tally, budget, alone, poll.Report);
        }
        catch (Exception exception) when (exception is Pop3Exception or MessageBrokeSessionException)
        {
            if (IsOutOfStep(exception) || MayLackAnAnswer(exception, session))
                await DoubtAsync(exception.Message, stop);
            if (IsOutOfStep(exception) || exception is MessageBrokeSessionException { AtTop: true })
                await LockStep.LearnAsync(poll, exception);
            throw;
        }
    }

    /// <summary>Early enough that the session still ends with QUIT.</summary>
    static TimeSpan CommitAfter(Mailbox mailbox) => TimeSpan.Min(mailbox.SessionTimeout / 2, LongSession);

    async Task<(MaildropListing Listing, IReadOnlyList<LedgerRow> Rows)> ListAsync(
        Recollection recollection, MaildropSession session, CancellationToken stop)
    {
        try
        {
            return await recollection.ListAsync(session, stop);
        }
        catch (Exception broken) when (signIn.TookOff && !IsOutOfStep(broken) && LockStep.MayHelp(poll.Learned.Traits, broken))
        {
            await LockStep.LearnAsync(poll, broken);
            throw;
        }
    }

    void NoteAnomalies(MaildropListing listing, PollPlan plan)
    {
        if (listing.Messages.Any(message => message.UniqueId is null))
            poll.Report.Anomaly("missing");
        if (plan.Messages.Any(message => message is { Listed.UniqueId: not null, Key: null, Verdict: not Verdict.Failed }))
            poll.Report.Anomaly("duplicate");
        if (plan.EverythingRenamed)
            poll.Report.Anomaly("changed");
    }

    /// <summary>
    /// The listing is complete: what it no longer shows is gone, what is new is sighted, and what needs no action is settled.
    /// </summary>
    async Task ConfirmAsync(PollPlan plan, SessionTally tally, CancellationToken stop)
    {
        RowKey[] gone = [.. plan.Gone.Select(row => row.Key)];
        if (plan.EverythingRenamed)
            await poll.Ledger.RenamedAsync(poll.Lease, gone, stop);
        else if (gone.Length > 0)
            await poll.Ledger.GoneAsync(poll.Lease, gone, stop);
        await SightAsync(plan, stop);
        foreach (var vanished in plan.Gone.Where(
            row => row is { State: MessageState.Seen, Generation: 0, Seeded: false } && !ContentId.Is(row.UniqueId)))
            poll.Log.VanishedUnstored(poll.Mailbox.Id, HostileText.Escape(vanished.UniqueId), vanished.ListedOctets);

        foreach (var message in plan.Messages)
        {
            if (message.Verdict == Verdict.Identify || message.Listed.UniqueId is null)
                tally.Unnamed(message.Number);
            if (message.Verdict == Verdict.Oversize && poll.Mailbox.Oversize == Oversize.Quarantine && message.Key is not null)
                await QuarantineAsync(message, stop);
            if (Settled(message.Verdict, poll.Mailbox) is { } outcome)
                tally.Settle(message.Number, outcome);
        }
    }

    /// <summary>
    /// What waits for a later session is known from now on: how much waits, and since when, is what an operator asks first.
    /// </summary>
    async Task SightAsync(PollPlan plan, CancellationToken stop)
    {
        Sighting[] waiting = [.. plan.Messages
            .Where(message => message is { Verdict: Verdict.Later, Key: not null, Row: null })
            .Select(message => new Sighting(message.Key!.UniqueId, message.Key.Generation, message.Listed.Octets))];
        if (waiting.Length > 0)
            await poll.Ledger.SightAsync(poll.Lease, waiting, stop);
    }

    static Outcome? Settled(Verdict verdict, Mailbox mailbox) => verdict switch
    {
        Verdict.Keep or Verdict.Seeded => Outcome.StoredEarlier,
        Verdict.Oversize => mailbox.Oversize == Oversize.Quarantine ? Outcome.Quarantined : Outcome.Skipped,
        Verdict.Quarantined => Outcome.Quarantined,
        Verdict.Failed => Outcome.Failed,
        Verdict.Retry or Verdict.Later => Outcome.Left,
        _ => null,
    };

    async Task QuarantineAsync(PlannedMessage message, CancellationToken stop)
    {
        await poll.Ledger.SightAsync(poll.Lease, [new(message.Key!.UniqueId, message.Key.Generation, message.Listed.Octets)], stop);
        await poll.Ledger.QuarantineAsync(
            poll.Lease, message.Key, $"{message.Listed.Octets} octets by LIST, more than maxMessageSize allows", stop);
        poll.Report.Quarantined();
    }

    /// <summary>
    /// Stored messages that left the listing although we never deleted them, or nobody knows whether we have. If their bytes come back
    /// under other unique-ids, the server has renamed them. So it has those that were listed without a unique-id once.
    /// </summary>
    static ILookup<string, LedgerRow> Renamed(IReadOnlyList<LedgerRow> rows, PollPlan plan)
    {
        return rows.Where(row => row is { State: MessageState.Gone, DeletingAt: null })
            .Concat(plan.Gone.Where(row => row.DeletingAt is null || PollPlan.IsExpected(row) || plan.EverythingRenamed))
            .Concat(rows.Where(row => row.State is MessageState.Stored or MessageState.Deleting && ContentId.Is(row.UniqueId)))
            .Where(row => row.Stored is not null)
            .ToLookup(row => row.Stored!.HeaderSha256);
    }

    async Task<bool> FetchAsync(
        MaildropSession session, MessageFetch fetch, IReadOnlyList<PlannedMessage> wanted, SessionTally tally,
        CancellationToken enough, CancellationToken stop)
    {
        if (wanted.Count == 0)
            return true;
        poll.Report.Planned(wanted.Count, wanted.Select(message => message.Listed.Octets).Sum());
        // Durable before the first RETR: if the ledger cannot be written, nothing is fetched.
        await poll.Ledger.SightAsync(poll.Lease,
            [.. wanted.Select(
                message => new Sighting(message.Key!.UniqueId, message.Key.Generation, message.Listed.Octets, Fetching: true))],
            stop);

        var whole = await fetch.RunAsync(session, wanted, enough, stop);
        if (whole && enough.IsCancellationRequested)
            foreach (var message in wanted.Where(message => tally.IsOpen(message.Number)))
                tally.Settle(message.Number, Outcome.Left);
        return whole;
    }

    /// <summary>
    /// What this session stored may be the bytes of other messages: before one of them is deleted it is proven once more.
    /// </summary>
    async Task DoubtAsync(string why, CancellationToken stop)
    {
        if (_proof.Stored.Count > 0)
            await poll.Ledger.DoubtAsync(poll.Lease, [.. _proof.Stored], why, stop);
    }

    /// <summary>R2: the ledger says <c>deleting</c>, durably and under our lease, before the server hears of it.</summary>
    /// <returns>How many messages the server has marked.</returns>
    async Task<int> DeleteAsync(MaildropSession session, IReadOnlyDictionary<int, RowKey> removable, CancellationToken stop)
    {
        if (removable.Count == 0)
            return 0;
        await poll.Ledger.DeletingAsync(poll.Lease, [.. removable.Values.Distinct()], stop);
        var numbers = removable.Keys.ToList();
        var replies = await session.DeleteAsync(numbers, stop);
        for (var i = 0; i < numbers.Count; i++)
            if (!replies[i].Ok)
                poll.Log.DeleteRefused(poll.Mailbox.Id, numbers[i], replies[i].ToString());
        return replies.Count(reply => reply.Ok);
    }

    /// <summary>QUIT is the commit. Its answer is only noted: whether a message is gone is told by the next complete listing.</summary>
    async Task QuitAsync(MaildropSession session, IReadOnlyCollection<RowKey> removable, int marked, CancellationToken stop)
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
            await poll.Ledger.AskedAsync(poll.Lease, [.. removable], stop);
    }

    /// <summary>
    /// What the poll does next. A session that has moved nothing counts as fruitless, so that no server can keep a poll going for ever.
    /// </summary>
    static SessionEnd After(PollPlan plan, SessionTally tally, PollBudget budget, bool alone, PollReport report)
    {
        bool Waits(PlannedMessage message) =>
            tally[message.Number] == Outcome.Left && budget.Affords(message.Listed.Octets)
                && !report.FailedMessages.Contains(PollPlan.FailedName(message.Listed));

        if (!alone && plan.Messages.Any(message => message.Verdict != Verdict.Retry && Waits(message)))
            return plan.Messages.Any(message => tally[message.Number] == Outcome.Fetched) ? SessionEnd.More : SessionEnd.Fruitless;
        return plan.Messages.Any(message => message.Verdict == Verdict.Retry && Waits(message)) ? SessionEnd.Alone : SessionEnd.Done;
    }

    static bool IsOutOfStep(Exception exception) =>
        (exception is MessageBrokeSessionException ? exception.InnerException : exception)
            is Pop3ProtocolException { ConnectionLost: false };

    /// <summary>
    /// A flight of RETRs that ended without its last answers. A server that has not heard one of them (announcing PIPELINING and dropping
    /// what came too early) looks just like that, and has sent each message that followed in place of the one before.
    /// </summary>
    static bool MayLackAnAnswer(Exception exception, MaildropSession session) =>
        session.Pipelines && exception is MessageBrokeSessionException { AtTop: false, InnerException: not BlobStoreException };
}
