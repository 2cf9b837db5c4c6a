using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The connection dies after DELE and before QUIT: the server removes nothing, and the next session sends DELE again, without RETR.
/// </summary>
public sealed class CutBetweenDeleAndQuit(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore("cut after the answers"), OnEachStore("reset after the answers"), OnEachStore("the answers are lost")]
    public async Task The_next_session_sends_DELE_again_without_RETR(Store store, string how)
    {
        var dele = FaultScript.None.At("DELE", message: 3, session: 1);
        await using var delivery = await OpenAsync(store, how switch
        {
            "cut after the answers" => dele.CutAfter(),
            "reset after the answers" => dele.ResetAfter(),
            _ => dele.CutAfterOctets(0),
        });
        delivery.Add(3);

        Assert.NotNull((await delivery.PollAsync()).Failure);
        Assert.Equal(0, delivery.Removed);
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Deleting, state));

        await delivery.PollAsync();
        Assert.Equal((0, 3, 3), (delivery.Sent("RETR"), delivery.Sent("DELE"), delivery.Removed));
    }

    [Theory, OnEachStore]
    public async Task A_server_is_not_taken_to_keep_mail_because_the_network_failed(Store store)
    {
        var script = FaultScript.None;
        for (var session = 1; session <= 3; session++)
            script = script.At("QUIT", session: session).CutBefore();
        await using var delivery = await OpenAsync(store, script);
        delivery.Add();
        for (var session = 1; session <= 3; session++)
            Assert.NotNull((await delivery.PollAsync()).Failure);

        await delivery.PollAsync();
        Assert.Equal((0, 1), (delivery.Sent("RETR"), delivery.Removed));
    }
}
