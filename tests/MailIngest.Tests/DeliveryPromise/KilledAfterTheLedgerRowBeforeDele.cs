using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The process dies when blob and row are durable and no DELE was sent: the next one looks at the blob and sends DELE, without RETR.
/// </summary>
public sealed class KilledAfterTheLedgerRowBeforeDele(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_next_process_looks_at_the_blob_and_deletes_without_RETR(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add();
        delivery.Blobs.Once(StoreCall.Committed, () =>
        {
            delivery.Ledger.FailAt(commit: 2, delivery.Kill); // the first is the row itself, the second would say that a DELE is coming
            return Task.CompletedTask;
        });

        await delivery.PollAsync();
        Assert.Equal([MessageState.Stored], await delivery.StatesAsync());
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));

        // The next poll is the next process's, with a store of its own.
        await delivery.RestartAsync();
        var looked = 0;
        delivery.Blobs.At = call =>
        {
            looked += call == StoreCall.Find ? 1 : 0;
            return Task.CompletedTask;
        };
        var report = await delivery.PollAsync();
        Assert.Equal((0, 1, 1), (delivery.Sent("RETR"), delivery.Removed, report.Counts.StoredEarlier));
        Assert.Equal(1, looked);
    }
}
