using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// A message ends with a valid terminator before the octets that LIST promised: it is neither stored nor deleted, and the session ends
/// without QUIT.
/// </summary>
public sealed class TheBodyIsShorterThanListed(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task It_stays_on_a_server_that_would_delete_at_QUIT_what_was_fetched(Store store)
    {
        var script = FaultScript.None.At("RETR", message: 2, session: 1).TruncatesTo(90).At("QUIT").RemovesRetrieved();
        await using var delivery = await OpenAsync(store, script);
        delivery.Add();
        var cut = delivery.Add();
        delivery.Add();

        var report = await delivery.PollAsync();

        Assert.Equal((2, 1, 1), (report.Counts.Fetched, report.Counts.Failed, delivery.Sent("QUIT")));
        Assert.Equal([cut], delivery.OnServer);
        Assert.Equal(92, Assert.Single(await delivery.RowsAsync(), row => row.UniqueId == cut.UniqueId).ReceivedOctets);

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore]
    public async Task One_that_is_always_short_is_put_aside_and_never_deleted(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("RETR", message: 1).TruncatesTo(90));
        var cut = delivery.Add();
        delivery.Add(2);

        for (var attempt = 1; attempt <= delivery.Mailbox.MaxAttempts; attempt++)
        {
            await delivery.PollAsync();
            Assert.Equal([cut], delivery.OnServer);
        }

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Quarantined);
        Assert.Equal((0, 0), (delivery.Sent("RETR"), delivery.Sent("DELE")));
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
    }
}
