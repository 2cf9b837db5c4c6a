using System.Runtime.Versioning;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>What a large message costs in memory. Allocations are counted for the whole process, so nothing else may run beside these.</summary>
[SupportedOSPlatform("linux")]
[Collection(nameof(BlobMemoryTests))]
public sealed class BlobMemoryTests(AzuriteFixture azurite)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_for_a_large_message_into_a_folder_does_not_grow_with_it()
    {
        var folder = Directory.CreateTempSubdirectory("mailingest-").FullName;
        await using (var store = FileBlobStore.Open(folder, TimeProvider.System))
            await TestMemory.A_message_of_64_MiB_allocates_at_most(4, store, Stop);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Many_messages_that_were_listed_as_empty_and_are_not_hold_little_memory_at_once()
    {
        const int Messages = 64, Octets = 900_000;
        var folder = Directory.CreateTempSubdirectory("mailingest-").FullName;
        await using (var store = FileBlobStore.Open(folder, TimeProvider.System))
        {
            var content = TestBlobs.Content(Octets);
            var drafts = new List<IBlobDraft>();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var n = 0; n < Messages; n++)
            {
                drafts.Add(store.Begin(() => TestBlobs.Name("unused"), 0));
                await drafts[n].WriteAsync(content, Stop);
            }
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

            foreach (var draft in drafts)
                await draft.DisposeAsync();
            Assert.InRange(allocated, 0, Messages * 192L * 1024);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Needs", "Azurite")]
    public async Task Memory_for_a_large_message_into_a_container_does_not_grow_with_it()
    {
        await using var store = AzureBlobStore.Open(await azurite.NewContainerAsync());
        await TestMemory.A_message_of_64_MiB_allocates_at_most(12, store, Stop);
    }
}

/// <summary>Runs alone.</summary>
[CollectionDefinition(nameof(BlobMemoryTests), DisableParallelization = true)]
public sealed class AloneForMemory;
