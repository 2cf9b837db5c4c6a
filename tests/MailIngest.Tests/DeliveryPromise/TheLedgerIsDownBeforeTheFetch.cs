using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The ledger cannot be written before anything was fetched: then nothing is.</summary>
public sealed class TheLedgerIsDownBeforeTheFetch(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task Without_a_lease_nobody_connects(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(2);
        delivery.Ledger.FailAt(commit: 1);

        Assert.NotNull((await delivery.PollAsync()).Failure);

        Assert.Equal(0, delivery.Sessions);
        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
    }

    [Theory, OnEachStore]
    public async Task A_message_that_cannot_be_sighted_is_not_fetched_and_the_session_ends_without_QUIT(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(2);
        delivery.Ledger.FailAt(commit: 2);

        Assert.NotNull((await delivery.PollAsync()).Failure);

        Assert.Equal((1, 0, 0), (delivery.Sent("LIST"), delivery.Sent("RETR"), delivery.Sent("QUIT")));
        Assert.Empty(await delivery.RowsAsync());

        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }
}
