using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The process dies when the messages are sighted and nothing was fetched: the next one fetches them under the same rows.
/// </summary>
public sealed class KilledBeforeTheFetch(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_next_process_fetches_them_under_the_same_rows(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("RETR", session: 1).StallBefore());
        delivery.Add(3);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("RETR");
        delivery.Kill();
        await delivery.EndAsync(poll);

        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Seen, state));
        Assert.Empty(await delivery.BlobsAsync());
        Assert.Equal(0, delivery.Removed);
        var sighted = (await delivery.RowsAsync()).Select(row => row.Key).ToList();

        Assert.Equal(3, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Equal((3, 3), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(sighted, (await delivery.RowsAsync()).Select(row => row.Key));
    }
}
