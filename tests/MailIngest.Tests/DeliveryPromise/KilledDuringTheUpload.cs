using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The process dies while octets are on their way into the store: nothing of them is visible, and the message is fetched again.
/// </summary>
public sealed class KilledDuringTheUpload(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    const int Large = 9 << 20;

    [Theory]
    [OnEachStore(StoreCall.Advance, 100), OnEachStore(StoreCall.Advance, Large), OnEachStore(StoreCall.Commit, 100)]
    [OnEachStore(StoreCall.Commit, Large)]
    public async Task Half_an_upload_is_invisible_and_the_message_is_fetched_again(Store store, StoreCall call, int octets)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(bodyOctets: octets);
        delivery.Blobs.Once(call, () =>
        {
            delivery.Kill();
            return Task.CompletedTask;
        });

        await delivery.PollAsync();

        Assert.Equal([MessageState.Seen], await delivery.StatesAsync());
        Assert.Empty(await delivery.BlobsAsync());
        Assert.Equal((0, 0), (delivery.Sent("QUIT"), delivery.Removed));

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Single(await delivery.BlobsAsync());
        Assert.Empty(delivery.OnServer);
    }
}
