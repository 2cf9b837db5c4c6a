using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The process dies after DELE and before QUIT: nothing is removed, and the next one sends DELE again, without RETR.</summary>
public sealed class KilledBetweenDeleAndQuit(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(true), OnEachStore(false)]
    public async Task The_next_process_sends_DELE_again_without_RETR(Store store, bool hasTop)
    {
        var script = FaultScript.None.At("DELE", message: 3, session: 1).StallAfter();
        await using var delivery = await OpenAsync(store, script, server => server with { Top = hasTop });
        delivery.Add(3);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("DELE");
        delivery.Kill();
        await delivery.EndAsync(poll);

        Assert.Equal(0, delivery.Removed);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        var report = await delivery.PollAsync();
        // Without TOP only RETR can prove that they are the same.
        Assert.Equal((hasTop ? 0 : 3, 3), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Equal(3, report.Counts.StoredEarlier);
    }
}
