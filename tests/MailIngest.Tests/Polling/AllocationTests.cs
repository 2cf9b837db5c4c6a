using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>
/// What a message costs the heap between RETR and QUIT: it decides how often there is a collection, and how large the worker grows.
/// </summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    /// <summary>With the witness of these tests around the store. A debug build has an object for each asynchronous call.</summary>
#if DEBUG
    const int Budget = 22 * 1024;
#else
    const int Budget = 18 * 1024;
#endif

    [Fact]
    public async Task A_message_of_4_KB_is_fetched_stored_and_deleted_within_the_heap_budget()
    {
        await DrainAsync(300); // whatever is made once
        var few = await DrainAsync(300);
        var many = await DrainAsync(1300);

        var each = (many - few) / 1000;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} octets allocated for each message");
        Assert.InRange(each, 1, Budget);
    }

    static async Task<long> DrainAsync(int messages)
    {
        using var server = new CannedServer(messages, octets: 4096);
        await using var world = await PollWorld.CreateAsync();
        world.Port = server.Port;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var report = await world.RunAsync();
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal((messages, messages), (report.Counts.Fetched, report.Deleted));
        return allocated;
    }
}
