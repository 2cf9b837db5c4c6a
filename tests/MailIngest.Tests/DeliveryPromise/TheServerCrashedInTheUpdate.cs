using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The server dies inside its UPDATE with a part of the messages removed: the next listing tells which, and DELE is sent for the rest.
/// </summary>
public sealed class TheServerCrashedInTheUpdate(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_next_listing_tells_which_were_removed(Store store)
    {
        var script = FaultScript.None.At("QUIT", session: 1).RemovesOnly(1).At("QUIT", session: 1).ResetAfterOctets(0);
        await using var delivery = await OpenAsync(store, script);
        delivery.Add(3);

        Assert.NotNull((await delivery.PollAsync()).Failure);
        Assert.Equal(2, delivery.OnServer.Count);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        await delivery.PollAsync();
        Assert.Equal((0, 2, 2), (delivery.Sent("RETR"), delivery.Sent("DELE"), delivery.Removed));
        Assert.Equal([MessageState.Gone, MessageState.Deleting, MessageState.Deleting], await delivery.StatesAsync());
    }
}
