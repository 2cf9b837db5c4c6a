using Xunit;

namespace MailIngest.Simulation;

/// <summary>The simulation itself: it runs the real code, and twice the same.</summary>
public class CoreTests
{
    static readonly WorldOptions Lively = new()
    {
        Latency = TimeSpan.FromMilliseconds(40),
        StoreLatency = TimeSpan.FromMilliseconds(80),
        Chunks = Chunking.Random,
        Shuffles = true,
    };

    [Theory]
    [InlineData(StoreKind.Azure)]
    [InlineData(StoreKind.Folder)]
    public void A_clean_session_moves_all_mail(StoreKind store)
    {
        using var world = new World(1, new WorldOptions { Store = store });
        world.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
                world.Deliver(500);
            var report = await world.PollAsync();
            Assert.Equal(3, report?.Counts.Fetched);
            await world.SettleAsync();
        });
        Assert.True(world.Violations.Count == 0, world.Log.Tail(100));
        Assert.Equal(0, world.Account.Maildrop.Count);
        Assert.Equal((3, 3, 3), (world.Truth.Messages, world.Truth.Retrievals, world.Truth.Removals));
    }

    [Theory]
    [InlineData(Strike.Before)]
    [InlineData(Strike.After)]
    [InlineData(Strike.Half)]
    [InlineData(Strike.Hang)]
    [InlineData(Strike.HangAfter)]
    [InlineData(Strike.Cancel)]
    [InlineData(Strike.Kill)]
    public void A_session_with_one_fault_loses_nothing(Strike strike)
    {
        using var world = new World(1, Lively);
        world.Faults = effect => effect.Kind == EffectKind.PutBlob && world.Strikes.Count == 0 ? strike : Strike.None;
        world.Run(async () =>
        {
            world.Deliver(500);
            world.Deliver(700);
            await world.PollAsync();
            await world.SettleAsync();
        });
        Assert.True(world.Violations.Count == 0, world.Log.Tail(100));
        Assert.Equal(1, world.Strikes[strike]);
        Assert.Equal(0, world.Account.Maildrop.Count);
    }

    [Fact]
    public void A_row_that_the_ledger_forgets_is_noticed()
    {
        using var world = new World(1, new WorldOptions { Mailbox = mailbox => mailbox with { Delete = false } });
        world.Run(async () =>
        {
            world.Deliver(500);
            await world.PollAsync();
        });
        Assert.Empty(world.Violations);
        world.Truth.Recorded([]);
        Assert.Contains("the ledger has forgotten it", Assert.Single(world.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_log()
    {
        for (ulong seed = 0; seed < 20; seed++)
            Assert.Equal(Story(seed), Story(seed));
        Assert.NotEqual(Story(1), Story(2));
    }

    static string Story(ulong seed)
    {
        using var world = new World(seed, Lively);
        var dice = world.Dice.Fork();
        world.Faults = _ => dice.Chance(0.02) ? dice.Of(Enum.GetValues<Strike>()) : Strike.None;
        world.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                world.Deliver(dice.Between(1, 5000));
                await world.PollAsync();
                await world.DelayAsync(TimeSpan.FromMinutes(5));
            }
            await world.SettleAsync();
        });
        Assert.True(world.Violations.Count == 0, world.Log.Tail(100));
        return world.Log.Hash();
    }
}
