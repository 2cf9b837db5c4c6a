using System.Text;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The ledger is lost: the names of the blobs are the second index. What is listed is fetched, and what is there is not stored again.
/// </summary>
public sealed class TheLedgerIsLost(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(100), OnEachStore(9 << 20)]
    public async Task What_is_listed_is_fetched_and_found_in_the_store(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(bodyOctets: octets);
        delivery.Add();
        await delivery.PollAsync();
        var blobs = (await delivery.BlobsAsync()).Keys.Order().ToList();

        await delivery.ReplaceLedgerAsync(null);
        delivery.Clock.Advance(TimeSpan.FromDays(400));
        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        await delivery.PollAsync();

        Assert.Equal((2, 2), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(blobs, (await delivery.BlobsAsync()).Keys.Order());
    }

    [Theory, OnEachStore("Subject: the same\r\n\r\nanother body\r\n"), OnEachStore("Subject: another\r\n\r\nbody\r\n")]
    public async Task Another_message_under_a_used_unique_id_is_stored_beside_the_first(Store store, string other)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add("Subject: the same\r\n\r\nbody\r\n"u8.ToArray(), "used");
        await delivery.PollAsync();
        await delivery.ReplaceLedgerAsync(null);
        delivery.Add(Encoding.ASCII.GetBytes(other), "used");

        // Where the first one has its name, it is fetched once more to be compared with what is there.
        if ((await delivery.PollAsync()).Counts.Fetched == 0)
            Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);

        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore]
    public async Task A_large_message_whose_name_is_taken_is_compared_with_what_is_there_and_gets_its_own(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(Large('a'), "used");
        await delivery.PollAsync();
        await delivery.ReplaceLedgerAsync(null);
        delivery.Add(Large('b'), "used");

        for (var poll = 1; poll <= 3 && delivery.OnServer.Count > 0; poll++)
            await delivery.PollAsync();

        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        Assert.Empty(delivery.OnServer);

        static byte[] Large(char body) =>
            Encoding.ASCII.GetBytes("Subject: the same\r\n\r\n" + string.Concat(Enumerable.Repeat(new string(body, 70) + "\r\n", 70_000)));
    }
}
