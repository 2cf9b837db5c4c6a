using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The connection is lost inside STAT, LIST or UIDL: a listing without its end says nothing, least of all about what it does not show.
/// </summary>
public sealed class CutDuringTheListing(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory]
    [OnEachStore("STAT", 0), OnEachStore("STAT", 6), OnEachStore("LIST", 0), OnEachStore("LIST", 12), OnEachStore("UIDL", 5)]
    [OnEachStore("UIDL", 18)]
    public async Task What_the_ledger_knows_stays_as_it_is(Store store, string verb, int octets)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At(verb, session: 2).CutAfterOctets(octets));
        delivery.Add(3);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        await delivery.PollAsync();
        var before = await delivery.RowsAsync();

        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        Assert.NotNull((await delivery.PollAsync()).Failure);

        Assert.Equal(before, await delivery.RowsAsync());
        Assert.Equal(0, delivery.Sent("RETR") + delivery.Sent("DELE") + delivery.Sent("QUIT"));

        await delivery.PollAsync();
        Assert.Equal((0, 3), (delivery.Sent("RETR"), delivery.Removed));
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }
}
