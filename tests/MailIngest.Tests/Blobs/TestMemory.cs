using System.Security.Cryptography;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>Measures what a large message costs in memory.</summary>
static class TestMemory
{
    internal static async Task A_message_of_64_MiB_allocates_at_most(int mebibytes, IBlobStore store, CancellationToken stop)
    {
        const int Piece = 64 * 1024, Pieces = 1024;
        var piece = TestBlobs.Content(Piece);
        await store.CommitAsync(TestBlobs.Name("warm"), TestBlobs.Content(9 * 1024 * 1024), stop); // connections, pools, compiled code

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var name = TestBlobs.Name("large");
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var draft = store.Begin(() => name, 100); // LIST lied
        for (var n = 0; n < Pieces; n++)
        {
            sha256.AppendData(piece);
            for (var rest = piece.AsMemory(); !rest.IsEmpty;)
            {
                var memory = draft.GetMemory();
                var octets = Math.Min(memory.Length, rest.Length);
                rest[..octets].CopyTo(memory);
                await draft.AdvanceAsync(octets, stop);
                rest = rest[octets..];
            }
        }

        var facts = new BlobFacts((long)Piece * Pieces, Convert.ToHexStringLower(sha256.GetHashAndReset()), BlobMetadata.None);
        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(name, facts, stop));
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.InRange(allocated, 0, mebibytes * 1024L * 1024);
        Assert.Equal(facts.Octets, (await store.FindAsync(name, stop))!.Octets);
    }
}
