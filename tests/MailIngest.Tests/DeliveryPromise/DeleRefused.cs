using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// DELE is answered -ERR: the next listing tells whether the message is gone; if not, it is asked for again, three times in all.
/// </summary>
public sealed class DeleRefused(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task It_is_sent_again_in_the_next_session(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("DELE", message: 2, session: 1).Refuses("locked"));
        delivery.Add(3);

        var report = await delivery.PollAsync();
        Assert.Equal((2, 2, 1), (delivery.Removed, report.Deleted, delivery.OnServer.Count));

        await delivery.PollAsync();
        Assert.Equal((0, 1, 1), (delivery.Sent("RETR"), delivery.Sent("DELE"), delivery.Removed));
    }

    [Theory, OnEachStore]
    public async Task It_is_no_error_when_the_message_is_gone_by_then(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("DELE", message: 1, session: 1).Refuses("somebody else did"));
        var message = delivery.Add();
        await delivery.PollAsync();
        delivery.RemoveFromServer(message);

        Assert.Equal(ExitCode.Ok, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal([MessageState.Gone], await delivery.StatesAsync());
    }

    [Theory, OnEachStore]
    public async Task After_three_rounds_nobody_asks_any_more_and_it_is_reported(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("DELE").Refuses("never"));
        delivery.Add();
        for (var round = 1; round <= 3; round++)
        {
            await delivery.PollAsync();
            Assert.Equal(1, delivery.Sent("DELE"));
        }

        var report = await delivery.PollAsync();
        Assert.Equal((0, 0, 1), (delivery.Sent("DELE"), delivery.Sent("RETR"), report.KeptByServer));
        Assert.Equal(ExitCode.Temporary, report.ExitStatus);
    }
}
