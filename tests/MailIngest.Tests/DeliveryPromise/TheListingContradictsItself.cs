using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>The listing has its end, but STAT, LIST and UIDL contradict each other: no decision is drawn from it.</summary>
public sealed class TheListingContradictsItself(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    static FaultScript Lie(string kind) => kind switch
    {
        "LIST lacks a message" => FaultScript.None.At("LIST", session: 2).LeavesOut(2),
        "LIST has one twice" => FaultScript.None.At("LIST", session: 2).SaysTwice(2),
        "UIDL has one twice" => FaultScript.None.At("UIDL", session: 2).SaysTwice(2),
        _ => FaultScript.None.At("UIDL", session: 2).SaysNumber(2, 7),
    };

    [Theory]
    [OnEachStore("LIST lacks a message"), OnEachStore("LIST has one twice")]
    [OnEachStore("UIDL has one twice"), OnEachStore("UIDL has an unknown number")]
    public async Task Nothing_is_decided_and_the_next_listing_is_believed(Store store, string lie)
    {
        await using var delivery = await OpenAsync(store, Lie(lie));
        delivery.Add(3);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        await delivery.PollAsync();
        var before = await delivery.RowsAsync();

        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal(before, await delivery.RowsAsync());
        Assert.Equal(0, delivery.Sent("RETR") + delivery.Sent("DELE") + delivery.Sent("QUIT"));

        await delivery.PollAsync();
        Assert.Equal((0, 3), (delivery.Sent("RETR"), delivery.Removed));
    }

    [Theory, OnEachStore(false), OnEachStore(true)]
    public async Task A_stored_message_whose_unique_id_is_missing_once_is_recognised_by_its_octets(Store store, bool wasToBeDeleted)
    {
        var script = FaultScript.None.At("UIDL", session: 2).LeavesOut(2);
        await using var delivery = await OpenAsync(store, wasToBeDeleted ? script.At("QUIT", session: 1).CutBefore() : script);
        delivery.Add(3);
        delivery.Mailbox = delivery.Mailbox with { Delete = wasToBeDeleted };
        await delivery.PollAsync();
        Assert.Equal(3, delivery.OnServer.Count);

        await delivery.PollAsync();

        Assert.Equal(3, (await delivery.BlobsAsync()).Count);
        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }
}
