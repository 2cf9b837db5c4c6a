using MailIngest.Ledger;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// The prove phase of one session: finds out, before anything is fetched or deleted, which listed messages are the stored ones.
/// What cannot be proven is fetched.
/// </summary>
sealed class MessageProofs(
    PollContext poll, SessionTally tally, SessionProof proof, SizeRule sizes, FetchBudget budget, bool careful, CancellationToken enough)
{
    const int LookUpsAtOnce = 16;

    readonly List<PlannedMessage> _fetch = [];
    readonly HashSet<int> _pending = [];
    bool _numbersOnly;

    /// <summary>False: a message that had to be identified may be truncated. The session must end without QUIT.</summary>
    public bool Trusted { get; private set; } = true;

    /// <summary>Carries out the plan's proofs.</summary>
    /// <returns>What could not be proven and is to be fetched.</returns>
    public async Task<IReadOnlyList<PlannedMessage>> ResolveAsync(MaildropSession session, PollPlan plan, CancellationToken stop)
    {
        var byVerdict = plan.Messages.ToLookup(message => message.Verdict);
        // Where the server has TOP, and no session fell out of step lately (broken TOPs do that), a look at the header before a DELE costs
        // one more flight, and no message under a used unique-id is lost.
        var top = session.Capabilities.Top && !careful;
        var stored = top ? [] : byVerdict[Verdict.Delete];
        var doubtful = plan.Messages.Where(message =>
            message.Verdict == Verdict.Prove || (message.Verdict is Verdict.Delete or Verdict.ServerKeeps && top));
        foreach (var kept in top ? [] : byVerdict[Verdict.ServerKeeps])
            Kept(kept);
        await LookUpAsync([.. stored, .. await CompareHeadersAsync(session, [.. doubtful], stop)], stop);
        // A message whose row is lost has another number next time, and must find the blob that it has.
        _numbersOnly = tally.Known == 0 && plan.Messages.All(message => PollPlan.IsNumber(message.Listed));
        await IdentifyAsync(session, [.. byVerdict[Verdict.Identify]], stop);
        return [.. _fetch.OrderBy(message => message.Number)];
    }

    /// <summary>Stored by an earlier session: its blob has to be there still. If it is not, the message is fetched again.</summary>
    async Task LookUpAsync(IEnumerable<PlannedMessage> stored, CancellationToken stop) =>
        await Parallel.ForEachAsync(
            stored, LookingUp(stop), async (message, token) =>
        {
            if (await poll.Blobs.HoldsAsync(message.Row!.Stored!, token))
            {
                if (message.Row!.IsInDoubt) // no longer
                    await poll.Ledger.StoredAsync(poll.Lease, message.Key!, message.Row.Stored!, token);
                Proven(message, message.Row!);
            }
            else
                lock (_fetch)
                    _fetch.Add(WithoutBlob(message, message.Row!));
        });

    /// <summary>In the caller's synchronization context, where there is one: the simulation runs on one thread.</summary>
    static ParallelOptions LookingUp(CancellationToken stop) => new()
    {
        MaxDegreeOfParallelism = LookUpsAtOnce,
        CancellationToken = stop,
        TaskScheduler = SynchronizationContext.Current is null ? TaskScheduler.Default : TaskScheduler.FromCurrentSynchronizationContext(),
    };

    PlannedMessage WithoutBlob(PlannedMessage message, LedgerRow missing)
    {
        poll.Log.BlobMissing(poll.Mailbox.Id, missing.Stored!.BlobName);
        return message with { Rows = [.. message.Rows.Select(row => row == missing ? row with { Stored = null } : row)] };
    }

    /// <summary>
    /// Stored before, and about to be deleted. TOP n 0 tells the same message from a new one under a used unique-id, without a RETR.
    /// Gives back those that are the same.
    /// </summary>
    async Task<IReadOnlyList<PlannedMessage>> CompareHeadersAsync(
        MaildropSession session, IReadOnlyList<PlannedMessage> doubtful, CancellationToken stop)
    {
        if (careful)
            foreach (var message in doubtful)
                Unproven(message);
        if (careful || doubtful.Count == 0)
            return [];
        var proven = new List<PlannedMessage>(doubtful.Count);
        var planned = doubtful.ToDictionary(message => message.Number);
        var buffer = new byte[64 * 1024];
        var anyRefused = false;
        try
        {
            await foreach (var top in session.TopAsync([.. doubtful.Select(message => message.Number)], 0, stop))
            {
                var message = planned[top.Number];
                anyRefused |= top.Refused;
                var same = top.Refused ? null : await SameHeaderAsync(message, top, buffer, stop);
                if (same is not null)
                    proven.Add(message with { Key = same.Key });
                else
                    Unproven(message);
            }
            if (anyRefused)
                await session.FallInStepAsync(tally.Count, stop);
        }
        catch (Exception broken) when (MessageBrokeSessionException.IsOfTheWire(broken))
        {
            throw new MessageBrokeSessionException(broken) { AtTop = true };
        }
        return proven;
    }

    /// <summary>Only its octets can tell, and they are compared as it is fetched.</summary>
    void Unproven(PlannedMessage message)
    {
        if (PollPlan.IsOversize(message.Listed, poll.Mailbox))
            tally.Settle(message.Number, Outcome.Skipped);
        else
            _fetch.Add(message with { Verdict = Verdict.Fetch, Key = PollPlan.Next(message.Key!.UniqueId, message.Rows) });
    }

    static async Task<LedgerRow?> SameHeaderAsync(PlannedMessage message, RetrievedMessage top, byte[] buffer, CancellationToken stop)
    {
        using var digest = await MessageIntake.DigestAsync(top.Content, buffer, stop);
        // Header and size prove a message that was there all the time. One that was gone may have come back as another: only its octets
        // tell.
        return message.Rows.LastOrDefault(row => row is { State: MessageState.Stored } or { State: MessageState.Deleting, GoneAt: null }
            && row.ListedOctets == message.Listed.Octets && row.Stored!.HeaderSha256 == digest.Header.Fingerprint);
    }

    /// <summary>
    /// No unique-id, or an ambiguous one: the message is read once to learn who it is. If it is not stored yet, it is read again to be
    /// stored; on servers that make this necessary, that is the price of never guessing.
    /// </summary>
    async Task IdentifyAsync(MaildropSession session, IReadOnlyList<PlannedMessage> anonymous, CancellationToken stop)
    {
        if (anonymous.Count == 0)
            return;
        var planned = anonymous.ToDictionary(message => message.Number);
        var buffer = new byte[64 * 1024];
        var known = await poll.Ledger.ReadAsync(poll.Mailbox.Id, stop);
        var fetched = new Dictionary<(string UniqueId, string Sha256), int>();

        // Only as many at once as may all be new: what is RETR'd has to be stored before QUIT.
        for (var next = 0; next < anonymous.Count && Trusted;)
        {
            var room = budget.RoomFor(anonymous.Skip(next).Select(message => message.Listed.Octets));
            if (room == 0 || enough.IsCancellationRequested)
                break;
            await IdentifyAsync(session, [.. anonymous.Skip(next).Take(room)], planned, known, fetched, buffer, stop);
            next += room;
        }
        foreach (var message in anonymous.Where(message => Trusted && tally.IsOpen(message.Number) && !_pending.Contains(message.Number)))
            tally.Settle(message.Number, Outcome.Left);
    }

    async Task IdentifyAsync(
        MaildropSession session, IReadOnlyList<PlannedMessage> some, Dictionary<int, PlannedMessage> planned,
        IReadOnlyList<LedgerRow> known,
        Dictionary<(string UniqueId, string Sha256), int> fetched, byte[] buffer, CancellationToken stop)
    {
        var answered = 0;
        var anyRefused = false;
        try
        {
            await foreach (var retrieved in session.RetrieveAsync(
                [.. some.Select(m => new ScanListing(m.Number, m.Listed.Octets))], enough, stop))
            {
                var message = planned[retrieved.Number];
                if (retrieved.Refused)
                {
                    anyRefused = true;
                    await FailedAsync(message, $"the server refused RETR: {retrieved.Reply}", stop);
                    answered++;
                    continue;
                }
                proof.Retrieved(message.Number);
                using var digest = await MessageIntake.DigestAsync(retrieved.Content, buffer, stop);
                answered++;
                if (sizes.Doubt(message.Listed.Octets, digest) is { } doubt)
                {
                    await FailedAsync(message, doubt, stop);
                    Trusted = false;
                    return;
                }
                if (message.Attempts > 0) // it could be read after all
                    await poll.Ledger.ReleaseAsync(poll.Mailbox.Id, SizeKey(message), stop);
                tally.Named(message.Number, ContentId.Of(digest.Sha256));
                await PlaceAsync(message, message.Listed.UniqueId ?? ContentId.Of(digest.Sha256), digest, known, fetched, stop);
            }
            if (anyRefused)
                await session.FallInStepAsync(tally.Count, stop);
        }
        catch (Exception broken) when (answered < some.Count && MessageBrokeSessionException.IsOfTheWire(broken))
        {
            await FailedAsync(some[answered], broken.Message, stop);
            throw new MessageBrokeSessionException(broken);
        }
    }

    static RowKey SizeKey(PlannedMessage message) => new(ContentId.OfSize(message.Listed.Octets), 0);

    async ValueTask PlaceAsync(
        PlannedMessage message, string uniqueId, MessageDigest digest, IReadOnlyList<LedgerRow> known,
        Dictionary<(string, string), int> fetched, CancellationToken stop)
    {
        // Unique-ids that are message-numbers shift with each deletion: the octets may be stored under another one.
        var rows = known.Where(row => row.UniqueId == uniqueId).ToList();
        var equal = known.Where(row => row.Stored is { } stored && stored.Sha256 == digest.Sha256 && stored.Octets == digest.Octets)
            .ToList();
        var same = equal.LastOrDefault(row => row.UniqueId == uniqueId) ?? equal.LastOrDefault();
        if (same is not null && await poll.Blobs.HoldsAsync(same.Stored!, stop))
        {
            Proven(message, same);
            poll.Report.Duplicate();
        }
        else if (fetched.TryGetValue((uniqueId, digest.Sha256), out var first))
        {
            _pending.Add(message.Number);
            _fetch[first] = _fetch[first] with { Copies = [.. _fetch[first].Copies, message.Number] };
        }
        else
        {
            _pending.Add(message.Number);
            budget.Admits(message.Listed.Octets);
            fetched[(uniqueId, digest.Sha256)] = _fetch.Count;
            _fetch.Add(new(message.Listed, Verdict.Fetch, FreeKey(uniqueId, rows, rows.Find(row => row == same)),
                same is null ? rows : WithoutBlob(message with { Rows = rows }, same).Rows)
            {
                IdentifiedAs = digest.Sha256,
                NamedAs = _numbersOnly ? ContentId.Of(digest.Sha256) : null,
            });
        }
    }

    /// <summary>
    /// The row for a message that is not stored: its own if only the blob is missing, a pending one that nobody uses, or a new generation.
    /// </summary>
    RowKey FreeKey(string uniqueId, IReadOnlyList<LedgerRow> rows, LedgerRow? same)
    {
        if (same is not null)
            return same.Key;
        var used = _fetch.Where(message => message.Key!.UniqueId == uniqueId).Select(message => message.Key!.Generation).ToHashSet();
        var pending = rows.FirstOrDefault(row => row.State == MessageState.Seen && !used.Contains(row.Generation));
        return new(uniqueId, pending?.Generation ?? rows.Select(row => row.Generation).Concat(used).DefaultIfEmpty(-1).Max() + 1);
    }

    void Proven(PlannedMessage message, LedgerRow row)
    {
        if (PollPlan.ServerKeeps(row, poll.Clock.GetUtcNow()))
        {
            proof.Durable(message.Number, null);
            Kept(message);
            return;
        }
        proof.Durable(message.Number, poll.MayRemove(row.FirstSeen) ? row.Key : null);
        tally.Settle(message.Number, Outcome.StoredEarlier);
    }

    void Kept(PlannedMessage message)
    {
        poll.Report.Kept(message.Listed);
        tally.Settle(message.Number, Outcome.StoredEarlier);
    }

    async Task FailedAsync(PlannedMessage message, string error, CancellationToken stop)
    {
        await poll.Ledger.SightAsync(poll.Lease, [new(SizeKey(message).UniqueId, 0, message.Listed.Octets)], stop);
        await poll.Ledger.FailedAsync(poll.Lease, SizeKey(message), error, null, poll.Mailbox.MaxAttempts, stop);
        tally.Settle(message.Number, Outcome.Failed);
        poll.Report.Failed(message.Listed, error);
        poll.Log.MessageFailed(poll.Mailbox.Id, message.Number, HostileText.Escape(message.Listed.UniqueId ?? ""), error);
    }
}
