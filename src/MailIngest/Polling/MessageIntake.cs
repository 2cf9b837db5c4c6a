using MailIngest.Blobs;
using MailIngest.Messages;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>One message on its way from the wire to the store: the draft that takes its octets and the digest that watches them pass.</summary>
sealed class MessageIntake : IAsyncDisposable
{
    readonly string _mailbox;
    readonly string _uniqueId;
    readonly int _firstOrdinal;
    readonly FetchRoom.Place _place;

    /// <param name="withBody">Its digest is to be compared with what is stored.</param>
    /// <param name="place">Given back at the end.</param>
    public MessageIntake(IBlobStore blobs, string mailbox, PlannedMessage planned, bool withBody, FetchRoom.Place place)
    {
        _place = place;
        Digest = new(withBody);
        (_mailbox, _uniqueId, _firstOrdinal) = (mailbox, planned.NamedAs ?? planned.Key!.UniqueId, planned.Row?.Ordinal ?? 0);
        // A session that died may have stored it: that is found out before it is sent to the store once more.
        Draft = blobs.Begin(() => Name(_firstOrdinal), planned.Listed.Octets, mayBeThere: planned.Row?.Tried == true);
    }

    public IBlobDraft Draft { get; }

    public MessageDigest Digest { get; }

    /// <summary>The blob's name; <paramref name="ordinal"/> tells apart messages with one unique-id and one header.</summary>
    public BlobName Name(int ordinal) => BlobName.For(_mailbox, _uniqueId, Digest.Header, ordinal);

    /// <summary>Reads the message to its end, straight into the draft: one copy, constant memory.</summary>
    public async ValueTask ReceiveAsync(RetrievedMessage message, CancellationToken stop)
    {
        while (true)
        {
            var free = Draft.GetMemory();
            var octets = await message.Content.ReadAsync(free, stop);
            if (octets == 0)
                return;
            Digest.Append(free.Span[..octets]);
            await Draft.AdvanceAsync(octets, stop);
        }
    }

    /// <summary>Reads a message only to know its digest; nothing is kept of it.</summary>
    public static async Task<MessageDigest> DigestAsync(Stream content, byte[] buffer, CancellationToken stop, bool withBody = false)
    {
        var digest = new MessageDigest(withBody);
        int octets;
        while ((octets = await content.ReadAsync(buffer, stop)) > 0)
            digest.Append(buffer.AsSpan(0, octets));
        _ = digest.Sha256; // ends the message: its header is complete
        return digest;
    }

    /// <summary>It has been read: where the store can take it out of memory before the commit, it does.</summary>
    /// <exception cref="BlobStoreException">The store could not take it.</exception>
    public void Unload()
    {
        if (Draft.Unload())
            _place.OutOfMemory();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Draft.DisposeAsync();
            Digest.Dispose();
        }
        finally
        {
            _place.Dispose();
        }
    }
}
