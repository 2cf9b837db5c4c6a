using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>QUIT was written and did not reach the server whole: nothing is removed, and the next listing says so.</summary>
public sealed class QuitDidNotArrive(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(false), OnEachStore(true)]
    public async Task The_next_listing_shows_the_messages_and_DELE_is_sent_again(Store store, bool reset)
    {
        var quit = FaultScript.None.At("QUIT", session: 1);
        await using var delivery = await OpenAsync(store, reset ? quit.ResetBefore() : quit.CutBefore());
        delivery.Add(2);

        Assert.NotNull((await delivery.PollAsync()).Failure);
        Assert.Equal(2, delivery.OnServer.Count);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        await delivery.PollAsync();
        Assert.Equal((0, 2, 2), (delivery.Sent("RETR"), delivery.Sent("DELE"), delivery.Removed));
    }
}
