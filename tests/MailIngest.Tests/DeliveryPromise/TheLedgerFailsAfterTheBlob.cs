using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The blob is committed and its ledger row cannot be written: no DELE, no QUIT, and no second blob the next time.</summary>
public sealed class TheLedgerFailsAfterTheBlob(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task Without_the_row_there_is_neither_DELE_nor_QUIT(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").RemovesRetrieved());
        delivery.Add();
        FailAfterTheBlob(delivery, commit: 1);

        Assert.NotNull((await delivery.PollAsync()).Failure);
        Assert.Equal((0, 0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT"), delivery.Removed));
        Assert.Equal([MessageState.Seen], await delivery.StatesAsync());
        Assert.Single(await delivery.BlobsAsync());

        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Single(await delivery.BlobsAsync());
    }

    [Theory, OnEachStore]
    public async Task When_it_cannot_be_noted_that_a_DELE_is_coming_none_is_sent(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add();
        FailAfterTheBlob(delivery, commit: 2);

        Assert.NotNull((await delivery.PollAsync()).Failure);
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));
        Assert.Equal([MessageState.Stored], await delivery.StatesAsync());

        await delivery.PollAsync();
        Assert.Equal((0, 1), (delivery.Sent("RETR"), delivery.Removed));
    }

    static void FailAfterTheBlob(Delivery delivery, int commit) => delivery.Blobs.Once(StoreCall.Committed, () =>
    {
        delivery.Ledger.FailAt(commit);
        return Task.CompletedTask;
    });
}
