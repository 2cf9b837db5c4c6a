using System.Security.Cryptography;

namespace MailIngest.Blobs;

/// <summary>Tries a store out with a blob of its own: create, read back, and both answers to a name that exists.</summary>
static class BlobProbe
{
    /// <summary>Leaves the blob for the store to remove.</summary>
    /// <exception cref="BlobStoreException">The store does not do what delivery rests on.</exception>
    internal static async Task RunAsync(IBlobStore store, BlobName name, CancellationToken stop)
    {
        var content = "A probe: MailIngest can write here.\r\n"u8.ToArray();
        Expect(CommitOutcome.Created, await CommitAsync(store, name, content, stop));
        await using (var read = await store.OpenReadAsync(name, stop))
        {
            var back = new byte[content.Length + 1];
            var octets = await read.ReadAtLeastAsync(back, back.Length, throwOnEndOfStream: false, stop);
            if (!back.AsSpan(0, octets).SequenceEqual(content))
                throw Broken("the probe blob read back differs from what was written");
        }

        Expect(CommitOutcome.AlreadyThere, await CommitAsync(store, name, content, stop));
        Expect(CommitOutcome.Taken, await CommitAsync(store, name, "Other content.\r\n"u8.ToArray(), stop));

        void Expect(CommitOutcome expected, CommitOutcome outcome)
        {
            if (outcome != expected)
                throw Broken($"writing a probe blob ended as {outcome} where {expected} is right");
        }

        BlobStoreException Broken(string what) =>
            new($"{char.ToUpperInvariant(store.Place[0])}{store.Place[1..]}: {what}; no mail can be trusted to it, use another store.", null, isTransient: false);
    }

    static async Task<CommitOutcome> CommitAsync(IBlobStore store, BlobName name, ReadOnlyMemory<byte> content, CancellationToken stop)
    {
        await using var draft = store.Begin(() => name, content.Length);
        for (var rest = content; !rest.IsEmpty;)
        {
            var memory = draft.GetMemory();
            var octets = Math.Min(memory.Length, rest.Length);
            rest[..octets].CopyTo(memory);
            await draft.AdvanceAsync(octets, stop);
            rest = rest[octets..];
        }

        var facts = new BlobFacts(content.Length, Convert.ToHexStringLower(SHA256.HashData(content.Span)), BlobMetadata.None);
        return await draft.CommitAsync(name, facts, stop);
    }
}
