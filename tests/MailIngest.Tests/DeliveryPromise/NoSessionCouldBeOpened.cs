using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The server cannot be reached, is silent, hangs up, refuses at the greeting, or is not protected as required: nothing has happened, the
/// next poll starts anew.
/// </summary>
public sealed class NoSessionCouldBeOpened(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task A_refusing_greeting_is_not_insisted_on(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.AtGreeting().Refuses("[SYS/TEMP] come back later"));
        await FailsAndRecoversAsync(delivery, ExitCode.Temporary, sessions: 1);
    }

    [Theory, OnEachStore]
    public async Task A_connection_that_is_cut_before_the_greeting_is_tried_three_times(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.AtGreeting().CutBefore());
        await FailsAndRecoversAsync(delivery, ExitCode.Temporary, sessions: 3);
    }

    [Theory, OnEachStore]
    public async Task A_server_that_never_greets_is_given_up(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.AtGreeting().StallBefore());
        delivery.Add(2);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync(FaultScript.Greeting);

        Assert.Equal(ExitCode.Unavailable, (await delivery.EndInTimeAsync(poll)).ExitStatus);

        await RecoversAsync(delivery);
    }

    [Theory, OnEachStore]
    public async Task A_server_that_is_not_there_is_reported_as_unavailable(Store store)
    {
        await using var delivery = await OpenAsync(store);
        await delivery.Server.DisposeAsync();
        await FailsAndRecoversAsync(delivery, ExitCode.Unavailable, sessions: 0);
    }

    [Theory, OnEachStore]
    public async Task Without_the_protection_that_is_required_no_credential_is_sent(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Server = delivery.Mailbox.Server with { Tls = TlsMode.Stls } };
        delivery.Add(2);

        Assert.Equal(ExitCode.Unavailable, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal(0, delivery.Sent("AUTH") + delivery.Sent("USER"));

        delivery.Mailbox = delivery.Mailbox with { Server = delivery.Mailbox.Server with { Tls = TlsMode.None } };
        await RecoversAsync(delivery);
    }

    static async Task FailsAndRecoversAsync(Delivery delivery, int exitCode, int sessions)
    {
        delivery.Add(2);

        Assert.Equal(exitCode, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal(sessions, delivery.Sessions);
        await RecoversAsync(delivery);
    }

    static async Task RecoversAsync(Delivery delivery)
    {
        Assert.Empty(await delivery.RowsAsync());
        Assert.Empty(await delivery.BlobsAsync());
        Assert.Equal(2, delivery.OnServer.Count);

        await delivery.MendServerAsync();
        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
    }
}
