using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The ledger is an old copy of itself: what it has forgotten is fetched again and recognised by its blob.</summary>
public sealed class TheLedgerIsRestoredFromAnOldCopy(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task What_it_has_forgotten_is_fetched_and_not_stored_twice(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(2);
        await delivery.PollAsync();
        var copy = await delivery.BackUpLedgerAsync();
        delivery.Add(2);
        await delivery.PollAsync();

        await delivery.ReplaceLedgerAsync(copy);
        Assert.Equal(2, (await delivery.RowsAsync()).Count);
        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        await delivery.PollAsync();

        Assert.Equal((2, 4), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(4, (await delivery.BlobsAsync()).Count);
    }

    [Theory, OnEachStore]
    public async Task What_it_thinks_is_on_the_server_is_gone_at_the_next_listing(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(2);
        await delivery.PollAsync();
        var copy = await delivery.BackUpLedgerAsync();
        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        await delivery.PollAsync();

        await delivery.ReplaceLedgerAsync(copy);
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }
}
