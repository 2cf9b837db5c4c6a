using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The store fails while messages stream into it: what was RETR'd is not stored, so the session ends without QUIT.</summary>
public sealed class TheStoreFailsDuringTheFetch(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    const int Large = 9 << 20;

    [Theory]
    [OnEachStore(StoreCall.Advance, 100), OnEachStore(StoreCall.Advance, Large), OnEachStore(StoreCall.Commit, 100)]
    [OnEachStore(StoreCall.Commit, Large)]
    public async Task Nothing_is_deleted_even_by_a_server_that_deletes_at_QUIT_what_was_fetched(Store store, StoreCall call, int octets)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").RemovesRetrieved(), OneSession);
        delivery.Add(bodyOctets: octets);
        delivery.Add();
        delivery.Blobs.Fail(call);

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal((0, 0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT"), delivery.Removed));
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Seen, state));
        Assert.Empty(await delivery.BlobsAsync());

        delivery.Blobs.At = null;
        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore]
    public async Task What_was_stored_before_is_deleted_by_the_next_session_without_a_second_RETR(Store store)
    {
        await using var delivery = await OpenAsync(store, server: OneSession);
        delivery.Mailbox = delivery.Mailbox with { Pipelining = Pipelining.Off };
        delivery.Add(3);
        var commits = 0;
        delivery.Blobs.At = call =>
            call == StoreCall.Commit && Interlocked.Increment(ref commits) > 1 ? throw FaultyStore.Down() : Task.CompletedTask;

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));

        delivery.Blobs.At = null;
        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Equal((2, 3), (delivery.Sent("RETR"), delivery.Removed));
    }

    [Theory, OnEachStore]
    public async Task A_blob_that_cannot_be_looked_at_is_no_proof(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(2);
        await delivery.PollAsync();

        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        delivery.Blobs.Fail(StoreCall.Find);
        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));

        delivery.Blobs.At = null;
        await delivery.PollAsync();
        Assert.Equal((0, 2), (delivery.Sent("RETR"), delivery.Removed));
    }
}
