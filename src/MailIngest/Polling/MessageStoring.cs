using System.Runtime.ExceptionServices;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>The messages of one session that were received whole, on their way into the store and then, stored, into the ledger.</summary>
sealed class MessageStoring(
    PollContext poll, SessionTally tally, SessionProof proof, FailedMessages failed, ILookup<string, LedgerRow> renamed)
{
    /// <summary>Messages with one unique-id, one header and different bodies: more than that is no accident.</summary>
    const int MostOrdinals = 16;

    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);

    readonly List<Task> _underWay = [];
    int _tidyAt = 256;
    Exception? _failure;

    /// <summary>Whether one could not be stored: nothing more is to be fetched.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Something was known before this session that could be this message with other volatile fields. A message without a unique-id
    /// of its own is known by its octets alone.</summary>
    public bool MayBeVariant(PlannedMessage planned) =>
        planned.IdentifiedAs is null && (planned.Rows.Any(row => row.Tried) || renamed.Count > 0);

    /// <summary>Stores a message while the next ones are fetched, and disposes what it came in.</summary>
    public void Begin(PlannedMessage planned, MessageIntake intake, CancellationToken stop)
    {
        if (_underWay.Count == _tidyAt)
        {
            _underWay.RemoveAll(task => task.IsCompletedSuccessfully);
            _tidyAt = 256 + (2 * _underWay.Count);
        }
        _underWay.Add(StoreAsync(planned, intake, stop));
    }

    /// <summary>Waits until all are stored; a server that cuts idle sessions within a minute is kept awake meanwhile.</summary>
    public async Task EndAsync(MaildropSession session, CancellationToken stop)
    {
        ExceptionDispatchInfo? broken = null;
        var storing = Task.WhenAll(_underWay);
        while (!storing.IsCompleted)
        {
            // However this wait ends, what comes of the stores is thrown below.
            await storing.WaitAsync(KeepAlive, poll.Clock, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (storing.IsCompleted || session.IsBroken || stop.IsCancellationRequested)
                break;
            try
            {
                await session.NoopAsync(stop);
            }
            catch (Exception failure)
            {
                // The session is lost; the messages on their way into the store are not.
                broken = ExceptionDispatchInfo.Capture(failure);
                break;
            }
        }
        await storing;
        broken?.Throw();
    }

    /// <summary>Throws what <see cref="HasFailed"/> is about.</summary>
    /// <exception cref="MessageBrokeSessionException">The store failed.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is BlobStoreException)
            throw new MessageBrokeSessionException(_failure);
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    async Task StoreAsync(PlannedMessage planned, MessageIntake intake, CancellationToken stop)
    {
        await using var ended = intake;
        try
        {
            var digest = intake.Digest;
            if (await StoredAlreadyAsync(planned, digest, stop) is { } known)
                await RecognisedAsync(planned, known, stop);
            else
                await CommitAsync(planned, intake, stop);
        }
        catch (Exception failure)
        {
            if (failure is BlobStoreException)
                failed.Note(planned, failure.Message);
            // Not swallowed: the session stops fetching, and throws it once the other messages are safe.
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    /// <summary>
    /// The same message under the same unique-id, or one that left the listing without a DELE of ours (the server renamed it): octet for
    /// octet, or but for its volatile fields.
    /// </summary>
    async ValueTask<LedgerRow?> StoredAlreadyAsync(PlannedMessage planned, MessageDigest digest, CancellationToken stop)
    {
        var sha256 = digest.Sha256;
        List<LedgerRow> alike = [.. planned.Rows.Concat(renamed[digest.Header.Fingerprint])
            .Where(row => row.Stored?.HeaderSha256 == digest.Header.Fingerprint)];
        foreach (var row in alike)
            if (row.Stored!.Sha256 == sha256 && row.Stored.Octets == digest.Octets && await poll.Blobs.HoldsAsync(row.Stored, stop))
                return row;
        foreach (var row in alike)
            if (await poll.Blobs.VariantAsync(new(row.Stored!.BlobName), digest, row.Stored.At, stop) == row.Stored)
                return row;
        return null;
    }

    async Task RecognisedAsync(PlannedMessage planned, LedgerRow known, CancellationToken stop)
    {
        var key = known.Key;
        if (known is { State: MessageState.Deleting, GoneAt: null } && known.UniqueId == planned.Key!.UniqueId)
        {
            // Proven to be the message whose DELE we sent: that row goes on. The row made for this RETR has no message.
            if (planned.Key != key)
                await poll.Ledger.GoneAsync(poll.Lease, [planned.Key], stop);
        }
        else
        {
            // The stored message under a new size, under a new unique-id, or back after it was gone: from now on it is known by this row
            // too.
            await poll.Ledger.StoredAsync(poll.Lease, key = planned.Key!, known.Stored!, stop);
        }
        Durable(planned, key);
        poll.Report.Duplicate();
        tally.Settle(planned.Number, Outcome.StoredEarlier);
    }

    async Task CommitAsync(PlannedMessage planned, MessageIntake intake, CancellationToken stop)
    {
        intake.Unload();
        var digest = intake.Digest;
        var key = planned.Key!;
        for (var ordinal = planned.Row?.Ordinal ?? 0; ordinal < MostOrdinals; ordinal++)
        {
            var name = intake.Name(ordinal);
            var facts = new BlobFacts(
                digest.Octets, digest.Sha256, BlobMetadata.For(poll.Mailbox.Id, planned.NamedAs ?? key.UniqueId, digest.Header, ordinal));
            if (await intake.Draft.CommitAsync(name, facts, stop) != CommitOutcome.Taken)
            {
                await poll.Ledger.StoredAsync(
                    poll.Lease, key, new(name.Path, digest.Octets, digest.Sha256, digest.Header.Fingerprint, poll.Clock.GetUtcNow()), stop);
                proof.StoredNow(key);
                Durable(planned, key);
                tally.Fetched(planned.Number, digest.Octets);
                poll.Report.Stored(digest.Octets);
                if (key.Generation > 0 && planned.Rows.Any(row => row.Stored is not null))
                    poll.Report.Anomaly("reused");
                return;
            }

            if (await poll.Blobs.VariantAsync(name, digest, poll.Clock.GetUtcNow(), stop) is { } variant)
            {
                await poll.Ledger.StoredAsync(poll.Lease, key, variant, stop);
                Durable(planned, key);
                poll.Report.Duplicate();
                tally.Settle(planned.Number, Outcome.StoredEarlier);
                return;
            }
            if (planned.IdentifiedAs is null && !MayBeVariant(planned))
            {
                failed.Note(planned, "its blob's name is taken; it is fetched again to be compared with what is there");
                return;
            }

            // Another message has this name: same unique-id, same header, another body.
            await poll.Ledger.NextOrdinalAsync(poll.Lease, key, stop);
            if (intake.Draft.NameIsFixed)
            {
                failed.Note(planned, "its blob's name holds another message; it is fetched again under the next name");
                return;
            }
        }
        await failed.CountAsync(planned, $"{MostOrdinals} different messages share its unique-id and header", digest.Octets, stop);
    }

    void Durable(PlannedMessage planned, RowKey key)
    {
        var removable = poll.MayRemove(planned.Row?.FirstSeen ?? poll.Clock.GetUtcNow()) ? key : null;
        proof.Durable(planned.Number, removable);
        foreach (var copy in planned.Copies)
        {
            proof.Durable(copy, removable);
            tally.Settle(copy, Outcome.StoredEarlier);
        }
    }
}
