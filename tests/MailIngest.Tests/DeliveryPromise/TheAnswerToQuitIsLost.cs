using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// QUIT was carried out and its answer did not reach us, or we died before it did: the next listing tells that the messages are gone.
/// </summary>
public sealed class TheAnswerToQuitIsLost(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore(false), OnEachStore(true)]
    public async Task The_next_listing_tells_that_the_messages_are_gone(Store store, bool reset)
    {
        var quit = FaultScript.None.At("QUIT", session: 1);
        await using var delivery = await OpenAsync(store, reset ? quit.ResetAfterOctets(0) : quit.CutAfterOctets(0));
        delivery.Add(2);

        var report = await delivery.PollAsync();
        Assert.NotNull(report.Failure);
        Assert.Equal((2, 0), (delivery.Removed, report.Deleted));
        await AreGoneAsync(delivery);
    }

    [Theory, OnEachStore]
    public async Task A_process_that_dies_waiting_for_it_leaves_the_same_to_the_next(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT", session: 1).StallAfterOctets(0));
        delivery.Add(2);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("QUIT");
        delivery.Kill();
        await delivery.EndAsync(poll);

        Assert.Equal(2, delivery.Removed);
        await AreGoneAsync(delivery);
    }

    static async Task AreGoneAsync(Delivery delivery)
    {
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        Assert.Equal(ExitCode.Ok, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((0, 0), (delivery.Sent("RETR"), delivery.Sent("DELE")));
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }
}
