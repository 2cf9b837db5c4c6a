using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>A large message on its way into a container: its blocks are under way together, in the memory that there is.</summary>
[Trait("Needs", "Azurite")]
public sealed class AzureBlocksTests(AzuriteFixture azurite) : IAsyncLifetime
{
    const int Block = AzureBlocks.MostOctets;

    readonly FaultyTransport _wire = new();
    readonly Dictionary<int, TaskCompletionSource> _held = [];
    readonly SemaphoreSlim _reached = new(0);
    int _seen;
    AzureContainer _settings = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _settings = await azurite.NewContainerAsync();

    public ValueTask DisposeAsync()
    {
        _reached.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(Block - 1, 2)]
    [InlineData(2 * Block, 4)]
    [InlineData(100 * Block, AzureBlocks.MostInMemory)]
    public async Task Blocks_of_one_message_are_sent_several_at_a_time_and_never_more_than_the_budget_holds(int budget, int inMemory)
    {
        var memory = new MemoryBudget(Math.Max(1, budget));
        var (name, content) = (TestBlobs.Name("several"), TestBlobs.Content(7 * Block));
        var almost = (inMemory * Block) - (Block / 2);
        await using var draft = Hold(memory).Begin(() => name, content.Length);

        await draft.WriteAsync(content.AsMemory(0, almost), Stop);
        var next = draft.WriteAsync(content.AsMemory(almost, Block / 2), Stop);
        await UnderWayAsync(inMemory);

        Assert.False(next.IsCompleted); // nowhere to put an octet more
        Assert.Equal(budget / Block > inMemory - 2, memory.TryTake(Block));
        Arrived(0);
        await next;
    }

    [Fact]
    public async Task Blocks_that_arrive_in_another_order_make_the_same_message()
    {
        var memory = new MemoryBudget(8 * Block);
        var (name, content) = (TestBlobs.Name("order"), TestBlobs.Content((3 * Block) + 7));
        var store = Hold(memory);
        await using (var draft = store.Begin(() => name, content.Length))
        {
            await draft.WriteAsync(content, Stop);
            await UnderWayAsync(3);
            var commit = draft.CommitAsync(name, TestBlobs.Facts(content), Stop);
            await UnderWayAsync(4);
            foreach (var block in (int[])[3, 1, 2, 0])
                Arrived(block);
            Assert.Equal(CommitOutcome.Created, await commit);
        }

        Assert.Equal("Put Block List", _wire.Requests[^1].Kind);
        Assert.Equal(TestBlobs.Sha256(content), (await store.FindAsync(name, Stop))!.Sha256);
        await using var read = await store.OpenReadAsync(name, Stop);
        using var back = new MemoryStream();
        await read.CopyToAsync(back, Stop);
        Assert.Equal(content, back.ToArray());
        Assert.True(memory.TryTake(8 * Block));
    }

    [Fact]
    public async Task A_block_that_does_not_arrive_fails_its_message_and_gives_its_memory_back()
    {
        var memory = new MemoryBudget(8 * Block);
        var (name, content) = (TestBlobs.Name("missing"), TestBlobs.Content((5 * Block) + 7));
        var refused = 0;
        _wire.Instead = request => request.Kind == "Put Block" && Interlocked.Increment(ref refused) == 2
            ? new CannedAnswer(403, "AuthorizationPermissionMismatch") : null;
        var draft = Open(memory).Begin(() => name, content.Length);

        var failure = await Assert.ThrowsAsync<BlobStoreException>(async () =>
        {
            await draft.WriteAsync(content, Stop);
            await draft.CommitAsync(name, TestBlobs.Facts(content), Stop);
        });
        await draft.DisposeAsync();

        Assert.Contains("sending a part of blob", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_wire.Requests, request => request.Publishes);
        Assert.True(memory.TryTake(8 * Block));
    }

    [Fact]
    public async Task A_message_that_is_abandoned_gives_back_the_memory_of_its_blocks_under_way()
    {
        var memory = new MemoryBudget(8 * Block);
        var content = TestBlobs.Content((4 * Block) + 7);
        var draft = Hold(memory).Begin(() => TestBlobs.Name("abandoned"), content.Length);
        await draft.WriteAsync(content, Stop);
        await UnderWayAsync(4);
        Assert.False(memory.TryTake(6 * Block));

        await draft.DisposeAsync();

        Assert.True(memory.TryTake(8 * Block));
    }

    AzureBlobStore Open(MemoryBudget memory) => AzureBlobStore.Open(_settings, options => options.Transport = _wire, memory: memory);

    /// <summary>Each block stays under way until it is said to have <see cref="Arrived"/>.</summary>
    AzureBlobStore Hold(MemoryBudget memory)
    {
        _wire.Until = request =>
        {
            if (request.Kind != "Put Block")
                return Task.CompletedTask;
            var number = BitConverter.ToInt32(Convert.FromBase64String(
                Uri.UnescapeDataString(request.Address.Query.Split("blockid=")[1].Split('&')[0])).AsSpan(16));
            return Gate(number, reached: true).Task;
        };
        return Open(memory);
    }

    void Arrived(int block) => Gate(block, reached: false).SetResult();

    /// <summary>Waits until so many blocks in all have been sent.</summary>
    async Task UnderWayAsync(int blocks)
    {
        for (; _seen < blocks; _seen++)
            await _reached.WaitAsync(Stop);
    }

    TaskCompletionSource Gate(int block, bool reached)
    {
        lock (_held)
        {
            if (!_held.TryGetValue(block, out var gate))
                _held[block] = gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (reached)
                _reached.Release();
            return gate;
        }
    }
}
