using System.Text;
using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// QUIT is answered +OK and proves nothing: what is listed again is the same message, or another one under a used unique-id.
/// </summary>
public sealed class QuitWasOkButTheMailIsStillThere(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_same_message_is_deleted_again_without_RETR(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT", session: 1).IgnoresDeletions());
        delivery.Add(2);
        await delivery.PollAsync();
        Assert.Equal(2, delivery.OnServer.Count);

        await delivery.PollAsync();
        Assert.Equal((0, 2), (delivery.Sent("RETR"), delivery.Removed));
    }

    [Theory, OnEachStore]
    public async Task After_three_rounds_the_server_is_said_to_keep_it(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").IgnoresDeletions());
        delivery.Add(2);
        for (var round = 1; round <= 3; round++)
        {
            await delivery.PollAsync();
            Assert.Equal(2, delivery.Sent("DELE"));
        }

        var report = await delivery.PollAsync();
        Assert.Equal((0, 0, 2), (delivery.Sent("RETR"), delivery.Sent("DELE"), report.KeptByServer));
    }

    [Theory, OnEachStore]
    public async Task A_message_that_comes_back_after_it_was_gone_is_recognised(Store store)
    {
        await using var delivery = await OpenAsync(store);
        var message = delivery.Add();
        await delivery.PollAsync();
        await delivery.PollAsync();
        Assert.Equal([MessageState.Gone], await delivery.StatesAsync());
        delivery.BringBack(message);

        // By its octets: what was gone may have come back as another message with the same header.
        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
    }

    [Theory, OnEachStore(false), OnEachStore(true)]
    public async Task Another_message_under_a_used_unique_id_is_stored_too(Store store, bool goneIsKnown)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(Message("first"), "used");
        await delivery.PollAsync();
        if (goneIsKnown)
            await delivery.PollAsync();
        delivery.Add(Message("other"), "used");

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        Assert.Empty(delivery.OnServer);
        Assert.Equal([0, 1], (await delivery.RowsAsync()).Select(row => row.Generation));
    }

    static byte[] Message(string subject) => Encoding.ASCII.GetBytes($"Subject: {subject}\r\n\r\nbody\r\n");
}
