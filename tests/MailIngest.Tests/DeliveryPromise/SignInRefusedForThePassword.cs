using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The server says that the password is wrong: one try per poll, so that no account is locked, and a failure that names the credentials.
/// </summary>
public sealed class SignInRefusedForThePassword(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task The_password_is_tried_once_and_blamed(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("AUTH").Refuses("[AUTH] who are you?"));
        delivery.Add(2);

        var report = await delivery.PollAsync();

        Assert.Equal(ExitCode.SignInRefused, report.ExitStatus);
        Assert.Contains("check username and password", report.Failure!.Sentence, StringComparison.Ordinal);
        Assert.Equal((1, 1, 0), (delivery.Sessions, delivery.Sent("AUTH"), delivery.Sent("STAT")));
        Assert.Empty(await delivery.RowsAsync());

        await delivery.MendServerAsync();
        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }
}
