using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// The fetch phase of one session: RETR after RETR as the wire gives them, while the messages before are still being stored.
/// Ends the session early, without QUIT, at the first message that may be truncated: what follows it on the wire cannot be trusted.
/// </summary>
sealed class MessageFetch : IDisposable
{
    readonly PollContext _poll;
    readonly SessionTally _tally;
    readonly SessionProof _proof;
    readonly SizeRule _sizes;
    readonly FetchRoom _room;
    readonly FailedMessages _failed;
    readonly MessageStoring _storing;

    public MessageFetch(PollContext poll, SessionTally tally, SessionProof proof, SizeRule sizes, ILookup<string, LedgerRow> renamed)
    {
        (_poll, _tally, _proof, _sizes) = (poll, tally, proof, sizes);
        _room = new(poll.Memory);
        _failed = new(poll, tally);
        _storing = new(poll, tally, proof, _failed, renamed);
    }

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
            while (trusted && messages.Count > 0 && !_storing.HasFailed && !enough.IsCancellationRequested)
                (trusted, messages) = await FlyAsync(session, messages, enough, stop);
        }
        finally
        {
            // Whatever happened on the wire: what is on its way into the store gets its ledger row.
            await _storing.EndAsync(session, stop);
        }
        _storing.ThrowIfFailed();
        return trusted;
    }

    public void Dispose() => _room.Dispose();

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
                if (_storing.HasFailed)
                    return (true, []);
            }
        }
        catch (Exception broken) when (answered < messages.Count && MessageBrokeSessionException.IsOfTheWire(broken))
        {
            // The server hung up instead of answering. A message that makes it do so must not do it for ever.
            await _failed.CountAsync(messages[answered], broken.Message, null, stop);
            throw new MessageBrokeSessionException(broken);
        }
        if (refused)
            await session.FallInStepAsync(_tally.Count, stop);
        return (true, [.. messages.Skip(doubtfulFrom)]);
    }

    async Task DropAsync(RetrievedMessage message, CancellationToken stop)
    {
        if (message.Refused)
            return;
        _proof.Retrieved(message.Number);
        await message.Content.CopyToAsync(Stream.Null, stop);
    }

    async ValueTask<bool> TakeAsync(RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        _proof.Retrieved(message.Number);
        var intake = await BeginAsync(planned, stop);
        var handedOver = false;
        try
        {
            await ReceiveAsync(intake, message, planned, stop);
            if (Doubt(planned, intake.Digest) is { } doubt)
            {
                await _failed.CountAsync(planned, doubt, intake.Digest.Octets, stop);
                return false;
            }
            handedOver = true;
            _storing.Begin(planned, intake, stop);
            return true;
        }
        finally
        {
            if (!handedOver)
                await intake.DisposeAsync();
        }
    }

    async ValueTask<MessageIntake> BeginAsync(PlannedMessage planned, CancellationToken stop)
    {
        var place = await _room.TakeAsync(planned.Listed.Octets, stop);
        try
        {
            return new(_poll.Blobs, _poll.Mailbox.Id, planned, _storing.MayBeVariant(planned), place);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    string? Doubt(PlannedMessage planned, MessageDigest digest) =>
        _sizes.Doubt(planned.Listed.Octets, digest)
        ?? (planned.IdentifiedAs is { } identified && identified != digest.Sha256
            ? "its octets changed from one RETR to the next, and it has no unique-id" : null);

    /// <summary>A message during which the session breaks is counted: one that breaks every session must not do so for ever.</summary>
    async ValueTask ReceiveAsync(MessageIntake intake, RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        try
        {
            await intake.ReceiveAsync(message, stop);
        }
        catch (Exception broken) when (MessageBrokeSessionException.IsOfTheWire(broken))
        {
            await _failed.CountAsync(planned, broken.Message, null, stop);
            throw new MessageBrokeSessionException(broken);
        }
        catch (BlobStoreException full)
        {
            // Perhaps only this one does not fit. It is not the message's fault: it is not counted, and the others have a session without
            // it.
            _failed.Note(planned, full.Message);
            throw new MessageBrokeSessionException(full);
        }
    }

    async Task RefusedAsync(RetrievedMessage message, PlannedMessage planned, CancellationToken stop)
    {
        var error = $"the server refused RETR: {message.Reply}";
        // [SYS/TEMP] says that the server is in trouble, not the message (RFC 3206 §4): it does not bring a message nearer to quarantine.
        if (message.Reply.Code?.Is(ResponseCode.SysTemp) == true)
            _failed.Note(planned, error);
        else
            await _failed.CountAsync(planned, error, null, stop);
    }
}
