using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// CAPA is refused, or its answer is lost: what the server can do is found out by trying, in a new session where the connection is gone.
/// </summary>
public sealed class CapaRefusedOrLost(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task Without_CAPA_the_mail_is_delivered_one_command_at_a_time(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("CAPA").Refuses());
        delivery.Add(3);

        Assert.Equal(3, (await delivery.PollAsync()).Counts.Fetched);

        Assert.Empty(delivery.OnServer);
        Assert.Equal((1, 1), (delivery.Sessions, delivery.Sent("USER")));
    }

    [Theory, OnEachStore(1), OnEachStore(2)]
    public async Task A_connection_that_is_lost_at_CAPA_is_opened_again(Store store, int occurrence)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("CAPA", occurrence: occurrence).CutAfterOctets(7));
        delivery.Add(3);

        Assert.Equal(3, (await delivery.PollAsync()).Counts.Fetched);

        Assert.Empty(delivery.OnServer);
        Assert.Equal(2, delivery.Sessions);
    }
}
