using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Soak;

/// <summary>
/// The scheduled worker as a process, while everything around it changes: nothing lost, nothing twice, no bug, flat memory.
/// </summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
public sealed class SoakTests
{
    [Fact]
    public Task Through_restarts_and_reloads_of_half_a_minute_every_message_is_stored_once() => RunAsync(TimeSpan.FromSeconds(30));

    [Fact, Trait("Length", "Full")]
    public Task Through_restarts_and_reloads_of_ten_minutes_every_message_is_stored_once() => RunAsync(TimeSpan.FromMinutes(10));

    static async Task RunAsync(TimeSpan time)
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        Assert.SkipUnless(AzuriteServer.IsInstalled, AzuriteServer.Missing);
        await using var soak = await Soak.StartAsync(TestContext.Current.CancellationToken);
        await soak.RunAsync(time);
        await soak.EndAsync();
    }
}
