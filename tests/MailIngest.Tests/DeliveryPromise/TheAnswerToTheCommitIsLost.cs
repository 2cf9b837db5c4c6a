using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The blob was committed and nobody knows: the message is fetched again, found to be there, and not stored twice.</summary>
public sealed class TheAnswerToTheCommitIsLost(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(100), OnEachStore(9 << 20)]
    public async Task The_message_is_fetched_again_and_found_to_be_stored(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store, server: OneSession);
        delivery.Add(bodyOctets: octets);
        delivery.Blobs.Fail(StoreCall.Committed, times: 1);

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));
        Assert.Equal([MessageState.Seen], await delivery.StatesAsync());
        var blob = Assert.Single(await delivery.BlobsAsync());

        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(blob.Key, Assert.Single(await delivery.BlobsAsync()).Key);
    }
}
