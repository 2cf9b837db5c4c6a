using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>A ledger that does not answer keeps no mailbox from being polled.</summary>
public sealed class RoundsWithoutLedgerTests
{
    [Fact]
    public async Task A_mailbox_of_which_the_ledger_does_not_tell_is_polled_as_one_that_is_new()
    {
        await using var world = new RoundsWorld { Traits = _ => throw new LedgerException("The ledger is locked.", isTransient: true) };
        await world.StartAsync(RoundsWorld.Box("sales"));
        await world.UntilAsync(() => world.Polls("sales") == 2, within: TimeSpan.FromMinutes(7));
        Assert.Contains(world.Log.Lines, line => line.Contains("The ledger is locked.", StringComparison.Ordinal));
    }
}
