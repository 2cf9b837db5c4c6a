using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The connection dies inside a message, or instead of one: nothing of it is visible in the store, and it is fetched again.
/// </summary>
public sealed class CutDuringTheFetch(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    const int Status = 0, Inside = 60;

    /// <summary>The line that is logged when a message has failed.</summary>
    const int MessageFailed = 200;

    [Theory, OnEachStore("cut", Status), OnEachStore("cut", Inside), OnEachStore("reset", Status), OnEachStore("reset", Inside)]
    public async Task The_others_are_delivered_in_another_session_and_it_is_fetched_again(Store store, string how, int octets)
    {
        var retr = FaultScript.None.At("RETR", message: 2, session: 1);
        await using var delivery = await OpenAsync(store, how == "cut" ? retr.CutAfterOctets(octets) : retr.ResetAfterOctets(octets));
        delivery.Mailbox = delivery.Mailbox with { Pipelining = Pipelining.Off };
        var cut = Added(delivery);

        await delivery.PollAsync();

        Assert.Equal([cut], delivery.OnServer);
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
        Assert.Equal(MessageState.Seen, Assert.Single(await delivery.RowsAsync(), row => row.UniqueId == cut.UniqueId).State);

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore(Status), OnEachStore(Inside)]
    public async Task A_message_that_always_breaks_the_session_neither_holds_back_the_others_nor_is_tried_for_ever(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("RETR", message: 1).CutAfterOctets(octets));
        var poison = delivery.Add();
        delivery.Add(2);

        await delivery.PollAsync();
        Assert.Equal([poison], delivery.OnServer);

        for (var attempt = 2; attempt <= delivery.Mailbox.MaxAttempts; attempt++)
            await delivery.PollAsync();
        Assert.Equal(1, (await delivery.PollAsync()).Counts.Quarantined);
        Assert.Equal(0, delivery.Sent("RETR"));
    }

    [Theory, OnEachStore(Status), OnEachStore(Inside)]
    public async Task A_server_that_falls_silent_is_left_without_QUIT_and_the_others_are_delivered(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("RETR", message: 1, session: 1).StallAfterOctets(octets));
        var silent = delivery.Add();
        delivery.Add(2);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("RETR");
        await delivery.TimeFliesUntilAsync(MessageFailed);

        Assert.Equal(2, (await delivery.EndAsync(poll)).Counts.Fetched);
        Assert.Equal([silent], delivery.OnServer);
        Assert.Equal(2, Assert.Single(delivery.Server.Events.Commands("QUIT")).Session);

        Assert.Equal(1, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    static MaildropMessage Added(Delivery delivery)
    {
        delivery.Add();
        var second = delivery.Add();
        delivery.Add();
        return second;
    }
}
