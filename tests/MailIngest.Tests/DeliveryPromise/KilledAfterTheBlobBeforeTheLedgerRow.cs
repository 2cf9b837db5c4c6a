using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The process dies between the blob and its ledger row: the next one fetches the message again and finds its blob.</summary>
public sealed class KilledAfterTheBlobBeforeTheLedgerRow(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(100), OnEachStore(9 << 20)]
    public async Task The_next_process_finds_the_blob_and_stores_no_second_one(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(bodyOctets: octets);
        delivery.Blobs.Once(StoreCall.Committed, () =>
        {
            delivery.Kill();
            return Task.CompletedTask;
        });

        await delivery.PollAsync();
        Assert.Equal([MessageState.Seen], await delivery.StatesAsync());
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));
        var blob = Assert.Single(await delivery.BlobsAsync());

        delivery.Clock.Advance(TimeSpan.FromDays(1)); // the name must not depend on the day
        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(blob.Key, Assert.Single(await delivery.BlobsAsync()).Key);
    }
}
