using MailIngest.Ledger;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// The prove phase of one session: finds out, before anything is fetched or deleted, which listed messages are the stored ones.
/// What cannot be proven is fetched.
/// </summary>
sealed class MessageProofs(PollContext poll, SessionTally tally, SessionProof proof, SizeRule sizes)
{
    const int LookUpsAtOnce = 16;

    readonly List<PlannedMessage> _fetch = [];

    /// <summary>False: a message that had to be identified may be truncated. The session must end without QUIT.</summary>
    public bool Trusted { get; private set; } = true;

    /// <summary>Carries out the plan's proofs.</summary>
    /// <returns>What is to be fetched: the plan's own fetches, and everything that could not be proven.</returns>
    public async Task<IReadOnlyList<PlannedMessage>> ResolveAsync(MaildropSession session, PollPlan plan, CancellationToken stop)
    {
        var byVerdict = plan.Messages.ToLookup(message => message.Verdict);
        _fetch.AddRange(byVerdict[Verdict.Fetch]);
        await LookUpAsync(byVerdict[Verdict.Delete], stop);
        await CompareHeadersAsync(session, [.. byVerdict[Verdict.Prove]], stop);
        await IdentifyAsync(session, [.. byVerdict[Verdict.Identify]], stop);
        return [.. _fetch.OrderBy(message => message.Number)];
    }

    /// <summary>Stored by an earlier session: its blob has to be there still. If it is not, the message is fetched again.</summary>
    async Task LookUpAsync(IEnumerable<PlannedMessage> stored, CancellationToken stop) =>
        await Parallel.ForEachAsync(stored, new ParallelOptions { MaxDegreeOfParallelism = LookUpsAtOnce, CancellationToken = stop }, async (message, token) =>
        {
            if (await poll.Blobs.HoldsAsync(message.Row!.Stored!, token))
                Proven(message, message.Row!);
            else
                lock (_fetch)
                    _fetch.Add(WithoutBlob(message, message.Row!));
        });

    PlannedMessage WithoutBlob(PlannedMessage message, LedgerRow missing)
    {
        poll.Log.BlobMissing(poll.Mailbox.Id, missing.Stored!.BlobName);
        return message with { Rows = [.. message.Rows.Select(row => row == missing ? row with { Stored = null } : row)] };
    }

    /// <summary>Listed again after a DELE. TOP n 0 tells the same message from a new one under a used unique-id, without a RETR.</summary>
    async Task CompareHeadersAsync(MaildropSession session, IReadOnlyList<PlannedMessage> doubtful, CancellationToken stop)
    {
        if (doubtful.Count == 0)
            return;
        var planned = doubtful.ToDictionary(message => message.Number);
        var buffer = new byte[64 * 1024];
        await foreach (var top in session.TopAsync([.. doubtful.Select(message => message.Number)], 0, stop))
        {
            var message = planned[top.Number];
            var same = top.Refused ? null : await SameHeaderAsync(message, top, buffer, stop);
            if (same is not null && await poll.Blobs.HoldsAsync(same.Stored!, stop))
                Proven(message, same);
            else if (PollPlan.IsOversize(message.Listed, poll.Mailbox))
                tally.Settle(message.Number, Outcome.Skipped);
            else
                _fetch.Add(message with { Verdict = Verdict.Fetch, Key = PollPlan.Next(message.Key!.UniqueId, message.Rows) });
        }
    }

    static async Task<LedgerRow?> SameHeaderAsync(PlannedMessage message, RetrievedMessage top, byte[] buffer, CancellationToken stop)
    {
        using var digest = await MessageIntake.DigestAsync(top, buffer, stop);
        return message.Rows.LastOrDefault(row => row.ListedOctets == message.Listed.Octets && row.Stored?.HeaderSha256 == digest.Header.Fingerprint);
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
        var contentRows = anonymous.Any(message => message.Listed.UniqueId is null)
            ? (await poll.Ledger.ReadAsync(poll.Mailbox.Id, stop)).Where(row => ContentId.Is(row.UniqueId)).ToLookup(row => row.UniqueId)
            : Enumerable.Empty<LedgerRow>().ToLookup(row => row.UniqueId);
        var fetched = new Dictionary<(string UniqueId, string Sha256), int>();

        await foreach (var retrieved in session.RetrieveAsync([.. anonymous.Select(m => new ScanListing(m.Number, m.Listed.Octets))], CancellationToken.None, stop))
        {
            var message = planned[retrieved.Number];
            if (retrieved.Refused)
            {
                Failed(message, $"the server refused RETR: {retrieved.Reply}");
                continue;
            }
            proof.Retrieved(message.Number);
            using var digest = await MessageIntake.DigestAsync(retrieved, buffer, stop);
            if (sizes.Doubt(message.Listed.Octets, digest.Octets, digest.HasHeader) is { } doubt)
            {
                Failed(message, doubt);
                Trusted = false;
                return;
            }
            var uniqueId = message.Listed.UniqueId ?? ContentId.Of(digest.Sha256);
            await PlaceAsync(message, uniqueId, digest, message.Listed.UniqueId is null ? [.. contentRows[uniqueId]] : message.Rows, fetched, stop);
        }
    }

    async ValueTask PlaceAsync(
        PlannedMessage message, string uniqueId, MessageDigest digest, IReadOnlyList<LedgerRow> rows,
        Dictionary<(string, string), int> fetched, CancellationToken stop)
    {
        var same = rows.LastOrDefault(row => row.Stored is { } stored && stored.Sha256 == digest.Sha256 && stored.Octets == digest.Octets);
        if (same is not null && await poll.Blobs.HoldsAsync(same.Stored!, stop))
        {
            Proven(message, same);
        }
        else if (fetched.TryGetValue((uniqueId, digest.Sha256), out var first))
        {
            _fetch[first] = _fetch[first] with { Copies = [.. _fetch[first].Copies, message.Number] };
        }
        else
        {
            fetched[(uniqueId, digest.Sha256)] = _fetch.Count;
            _fetch.Add(new(message.Listed, Verdict.Fetch, FreeKey(uniqueId, rows, same), same is null ? rows : WithoutBlob(message with { Rows = rows }, same).Rows));
        }
    }

    /// <summary>The row for a message that is not stored: its own if only the blob is missing, a pending one that nobody uses, or a new generation.</summary>
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
        proof.Durable(message.Number, poll.MayRemove(row.FirstSeen) ? row.Key : null);
        tally.Settle(message.Number, Outcome.StoredEarlier);
    }

    void Failed(PlannedMessage message, string error)
    {
        tally.Settle(message.Number, Outcome.Failed);
        poll.Report.Failed(message.Listed, error);
        poll.Log.MessageFailed(poll.Mailbox.Id, message.Number, HostileText.Escape(message.Listed.UniqueId ?? ""), error);
    }
}
