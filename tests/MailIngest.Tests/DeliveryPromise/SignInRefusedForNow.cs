using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The sign-in is refused for a reason that passes, or for none that speaks of the credentials: the next poll tries again and no password
/// is blamed.
/// </summary>
public sealed class SignInRefusedForNow(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory]
    [OnEachStore("[LOGIN-DELAY] wait")]
    [OnEachStore("not now")]
    public async Task The_next_poll_tries_again_and_the_password_is_not_blamed(Store store, string refusal)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("AUTH", times: 1).Refuses(refusal));
        delivery.Add(2);

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((1, 1), (delivery.Sessions, delivery.Sent("AUTH")));
        Assert.Empty(await delivery.RowsAsync());

        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory]
    [OnEachStore("[IN-USE] another session has the maildrop")]
    [OnEachStore("[SYS/TEMP] the disk is slow")]
    public async Task What_says_that_it_passes_is_waited_for_within_the_poll(Store store, string refusal)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("AUTH", times: 2).Refuses(refusal));
        delivery.Add(2);

        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Equal(3, delivery.Sent("AUTH"));
        Assert.Empty(delivery.OnServer);
    }

    [Theory]
    [OnEachStore("[IN-USE] another session has the maildrop")]
    [OnEachStore("[SYS/TEMP] the disk is slow")]
    public async Task What_does_not_pass_within_three_tries_is_left_to_the_next_poll(Store store, string refusal)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("AUTH").Refuses(refusal));
        delivery.Add(2);

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal(3, delivery.Sent("AUTH"));
        Assert.Equal(2, delivery.OnServer.Count);
    }
}
