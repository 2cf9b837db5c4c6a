using System.Runtime.ExceptionServices;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// The fetch phase of one session: RETR after RETR as the wire gives them, while the messages before are still being stored.
/// Ends the session early, without QUIT, at the first message that may be truncated: what follows it on the wire cannot be trusted.
/// </summary>
sealed class MessageFetch(PollContext poll, SessionTally tally, SessionProof proof, SizeRule sizes, ILookup<string, LedgerRow> renamed)
    : IDisposable
{
    /// <summary>How many messages may be on their way into the store while RETR goes on; the memory budget bounds their octets.</summary>
    const int CommitsAtOnce = 128;

    /// <summary>Most of a message that stands in memory: one block being filled and one being sent.</summary>
    const long MostInMemory = 8 << 20;

    /// <summary>The smallest buffer: a message takes it, whatever LIST says.</summary>
    const long LeastInMemory = 4 << 10;

    /// <summary>Messages with one unique-id, one header and different bodies: more than that is no accident.</summary>
    const int MostOrdinals = 16;

    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);

    readonly SemaphoreSlim _slots = new(CommitsAtOnce);
    readonly List<Task> _storing = [];
    Exception? _storeFailure;

    /// <summary>Fetches the messages. False: a message failed in a way that ends the session without QUIT.</summary>
    /// <param name="enough">Cancelled: no new RETR; what is in flight is finished.</param>
    /// <exception cref="MessageBrokeSessionException">The wire or the store failed at one message; what was stored before is in the
    /// ledger.</exception>
    public async Task<bool> RunAsync(
        MaildropSession session, IReadOnlyList<PlannedMessage> messages, CancellationToken enough, CancellationToken stop)
    {
        var trusted = true;
        try
        {
            while (trusted && messages.Count > 0 && _storeFailure is null && !enough.IsCancellationRequested)
                (trusted, messages) = await FlyAsync(session, messages, enough, stop);
        }
        finally
        {
            // Whatever happened on the wire: what is on its way into the store gets its ledger row.
            await WhileAliveAsync(session, Task.WhenAll(_storing), stop);
        }
        if (_storeFailure is BlobStoreException)
            throw new MessageBrokeSessionException(_storeFailure);
        if (_storeFailure is not null)
            ExceptionDispatchInfo.Throw(_storeFailure);
        return trusted;
    }

    public void Dispose() => _slots.Dispose();

    /// <summary>
    /// One flight of RETRs. When the server refuses one of them, or perhaps does not, for an -ERR out of nowhere shifts all answers by one
    /// and lets each message pass for the one before, nothing that still comes is believed: it is read, dropped, and asked for again, one
    /// message at a time. So is the refused one, unless it was alone: a server may refuse a command before it answers those that came
    /// first.
    /// </summary>
    /// <returns>False when a message may be truncated; and what is to be asked for again.</returns>
    async Task<(bool Trusted, IReadOnlyList<PlannedMessage> Again)> FlyAsync(
        MaildropSession session, IReadOnlyList<PlannedMessage> messages, CancellationToken enough, CancellationToken stop)
    {
        using var noMore = CancellationTokenSource.CreateLinkedTokenSource(enough);
        var (answered, doubtfulFrom, refused) = (0, messages.Count, false);
        try
        {
            await foreach (var message in session.RetrieveAsync(
                [.. messages.Select(m => new ScanListing(m.Number, m.Listed.Octets))], noMore.Token, stop))
            {
                var planned = messages[answered++];
                if (answered > doubtfulFrom)
                {
                    await DropAsync(message, stop);
                }
                else if (!message.Refused)
                {
                    if (!await TakeAsync(message, planned, stop))
                        return (false, []);
                }
                else
                {
                    // With others under way it may be any of them that was refused.
                    var isClear = messages.Count == 1 || !session.Pipelines;
                    if (isClear)
                        await RefusedAsync(message, planned, stop);
                    (doubtfulFrom, refused) = (isClear ? answered : answered - 1, true);
                    noMore.Cancel();
                }
                if (_storeFailure is not null)
                    return (true, []);
            }
        }
        catch (Exception broken) when (answered < messages.Count && MessageBrokeSessionException.IsOfTheWire(broken))
        {
            // The server hung up instead of answering. A message that makes it do so must not do it for ever.
            await FailedAsync(messages[answered], broken.Message, null, stop);
            throw new MessageBrokeSessionException(broken);
        }
        if (refused)
            await session.FallInStepAsync(tally.Count, stop);
        return (true, [.. messages.Skip(doubtfulFrom)]);
    }

    async Task DropAsync(RetrievedMessage message, CancellationToken stop)
    {
        if (message.Refused)
            return;
        proof.Retrieved(message.Number);
        await message.Content.CopyToAsync(Stream.Null, stop);
    }

    async Task<bool> TakeAsync(RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        proof.Retrieved(message.Number);
        await _slots.WaitAsync(stop);
        var reserved = await poll.Memory.TakeAsync(Math.Clamp(planned.Listed.Octets, LeastInMemory, MostInMemory), stop);
        MessageIntake? intake = null;
        var handedOver = false;
        try
        {
            intake = new(poll.Blobs, poll.Mailbox.Id, planned, MayBeVariant(planned));
            await ReceiveAsync(intake, message, planned, stop);
            if (Doubt(planned, intake.Digest) is { } doubt)
            {
                await FailedAsync(planned, doubt, intake.Digest.Octets, stop);
                return false;
            }
            handedOver = true;
            _storing.RemoveAll(task => task.IsCompletedSuccessfully);
            _storing.Add(StoreAsync(planned, intake, reserved, stop));
            return true;
        }
        finally
        {
            if (!handedOver)
                await EndAsync(intake, reserved);
        }
    }

    string? Doubt(PlannedMessage planned, MessageDigest digest) =>
        sizes.Doubt(planned.Listed.Octets, digest)
        ?? (planned.IdentifiedAs is { } identified && identified != digest.Sha256
            ? "its octets changed from one RETR to the next, and it has no unique-id" : null);

    /// <summary>A message during which the session breaks is counted: one that breaks every session must not do so for ever.</summary>
    async Task ReceiveAsync(MessageIntake intake, RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        try
        {
            await intake.ReceiveAsync(message, stop);
        }
        catch (Exception broken) when (MessageBrokeSessionException.IsOfTheWire(broken))
        {
            await FailedAsync(planned, broken.Message, null, stop);
            throw new MessageBrokeSessionException(broken);
        }
        catch (BlobStoreException full)
        {
            // Perhaps only this one does not fit. It is not the message's fault: it is not counted, and the others have a session without
            // it.
            Failed(planned, full.Message);
            throw new MessageBrokeSessionException(full);
        }
    }

    async Task RefusedAsync(RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        var error = $"the server refused RETR: {message.Reply}";
        // [SYS/TEMP] says that the server is in trouble, not the message (RFC 3206 §4): it does not bring a message nearer to quarantine.
        if (message.Reply.Code?.Is(ResponseCode.SysTemp) == true)
            Failed(planned, error);
        else
            await FailedAsync(planned, error, null, stop);
    }

    async Task FailedAsync(PlannedMessage planned, string error, long? receivedOctets, CancellationToken stop)
    {
        await poll.Ledger.FailedAsync(poll.Lease, planned.Key!, error, receivedOctets, poll.Mailbox.MaxAttempts, stop);
        if ((planned.Row?.Attempts ?? 0) + 1 >= poll.Mailbox.MaxAttempts)
            poll.Report.Quarantined();
        Failed(planned, error);
    }

    void Failed(PlannedMessage planned, string error)
    {
        tally.Settle(planned.Number, Outcome.Failed);
        poll.Report.Failed(planned.Listed, error);
        poll.Log.MessageFailed(poll.Mailbox.Id, planned.Number, HostileText.Escape(planned.Key!.UniqueId), error);
    }

    async Task StoreAsync(PlannedMessage planned, MessageIntake intake, long reserved, CancellationToken stop)
    {
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
                Failed(planned, failure.Message);
            // Not swallowed: the session stops fetching, and RunAsync throws it once the other messages are safe.
            Interlocked.CompareExchange(ref _storeFailure, failure, null);
        }
        finally
        {
            await EndAsync(intake, reserved);
        }
    }

    async ValueTask EndAsync(MessageIntake? intake, long reserved)
    {
        try
        {
            if (intake is not null)
                await intake.DisposeAsync();
        }
        finally
        {
            poll.Memory.Release(reserved);
            _slots.Release();
        }
    }

    /// <summary>
    /// Something was known before this session that could be this message with other volatile fields. A message without a unique-id of its
    /// own is known by its octets alone.
    /// </summary>
    bool MayBeVariant(PlannedMessage planned) => planned.IdentifiedAs is null && (planned.Rows.Any(row => row.Tried) || renamed.Count > 0);

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
                Failed(planned, "its blob's name is taken; it is fetched again to be compared with what is there");
                return;
            }

            // Another message has this name: same unique-id, same header, another body.
            await poll.Ledger.NextOrdinalAsync(poll.Lease, key, stop);
            if (intake.Draft.NameIsFixed)
            {
                Failed(planned, "its blob's name holds another message; it is fetched again under the next name");
                return;
            }
        }
        await FailedAsync(planned, $"{MostOrdinals} different messages share its unique-id and header", digest.Octets, stop);
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

    /// <summary>Waits for the stores; a server that cuts idle sessions within a minute is kept awake meanwhile.</summary>
    async Task WhileAliveAsync(MaildropSession session, Task storing, CancellationToken stop)
    {
        ExceptionDispatchInfo? broken = null;
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
}
