using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The ledger says stored and the blob is not there any more: the message is fetched again before it is deleted.</summary>
public sealed class TheBlobIsLost(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task A_stored_message_is_fetched_again_before_its_DELE(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(2);
        await delivery.PollAsync();
        await LoseOneAsync(delivery);

        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        await delivery.PollAsync();

        Assert.Equal((1, 2), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        Assert.Contains(delivery.Log.Lines, line => line.Text.Contains("is not there any more", StringComparison.Ordinal));
    }

    [Theory, OnEachStore]
    public async Task A_message_whose_DELE_came_to_nothing_is_fetched_again_before_the_next(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT", session: 1).CutBefore());
        delivery.Add(2);
        await delivery.PollAsync();
        await LoseOneAsync(delivery);

        await delivery.PollAsync();

        Assert.Equal((1, 2), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }

    static async Task LoseOneAsync(Delivery delivery) => await delivery.LoseBlobAsync((await delivery.RowsAsync())[0].Stored!.BlobName);
}
