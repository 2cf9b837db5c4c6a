using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// QUIT is answered -ERR: some messages, or all, are still there; the next listing tells which, and they are deleted then.
/// </summary>
public sealed class QuitRefused(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(0), OnEachStore(1)]
    public async Task The_next_session_deletes_what_is_left(Store store, int removed)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT", session: 1).RemovesOnly(removed));
        delivery.Add(3);

        var report = await delivery.PollAsync();
        Assert.Equal((removed, 0, ExitCode.Temporary), (delivery.Removed, report.Deleted, report.ExitStatus));
        Assert.NotNull(report.QuitRefused);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        await delivery.PollAsync();
        Assert.Equal((0, 3 - removed, 3 - removed), (delivery.Sent("RETR"), delivery.Sent("DELE"), delivery.Removed));
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }
}
