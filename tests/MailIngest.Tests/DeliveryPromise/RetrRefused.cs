using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// RETR is answered -ERR: the others are delivered, the refused one is tried again, on its own, until it is put aside; or it has left the
/// listing.
/// </summary>
public sealed class RetrRefused(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_others_are_delivered_and_it_is_tried_again_until_it_is_put_aside(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("RETR", message: 1).Refuses("cannot open it"));
        var bad = delivery.Add();
        delivery.Add(2);

        var report = await delivery.PollAsync();
        Assert.Equal((2, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal([bad], delivery.OnServer);
        Assert.Equal(1, Assert.Single(await delivery.RowsAsync(), row => row.UniqueId == bad.UniqueId).Attempts);

        for (var attempt = 2; attempt <= delivery.Mailbox.MaxAttempts; attempt++)
        {
            await delivery.PollAsync();
            Assert.Equal(1, delivery.Sent("RETR"));
        }
        var aside = await delivery.PollAsync();
        Assert.Equal((0, 1), (delivery.Sent("RETR"), aside.Counts.Quarantined));
        Assert.Equal(ExitCode.Temporary, aside.ExitStatus);

        await delivery.MendServerAsync();
        await delivery.Ledger.Ledger.ReleaseAsync(Delivery.Box, new RowKey(bad.UniqueId, 0), Stop);
        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore]
    public async Task A_message_that_another_client_removed_meanwhile_is_gone_at_the_next_listing(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Pipelining = Pipelining.Off };
        delivery.Add();
        var taken = delivery.Add();
        delivery.Blobs.Once(StoreCall.Advance, () =>
        {
            delivery.RemoveFromServer(taken);
            return Task.CompletedTask;
        });

        var report = await delivery.PollAsync();
        Assert.Equal((1, 1), (report.Counts.Fetched, report.Counts.Failed));

        Assert.Equal(ExitCode.Ok, (await delivery.PollAsync()).ExitStatus);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
        Assert.Contains(delivery.Log.Lines, line => line.Text.Contains("left the server before it was stored", StringComparison.Ordinal));
    }
}
