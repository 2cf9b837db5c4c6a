using Xunit;

namespace MailIngest.Simulation;

/// <summary>What the stories found, each told again with nothing in it that it does not need.</summary>
public class FoundByStories
{
    [Fact]
    public void A_message_whose_number_is_its_unique_id_is_stored_once_although_its_row_was_lost_and_its_number_has_changed()
    {
        using var world = new World(1, new WorldOptions
        {
            Server = options => options with { Faults = options.Faults.At("UIDL").SaysNumbersAsUniqueIds() },
        });
        var puts = 0;
        world.Faults = effect =>
        {
            puts += effect.Kind == EffectKind.PutBlob ? 1 : 0;
            return puts == 2 && effect.Kind == EffectKind.LedgerBegin ? Strike.Kill : Strike.None;
        };
        world.Run(async () =>
        {
            var first = world.Deliver(500);
            world.Deliver(700);
            await world.PollAsync();
            world.RemoveByOther(first);
            await world.SettleAsync();
        });
        Assert.True(world.Violations.Count == 0, world.Log.Tail(100));
        Assert.Equal(1, world.Strikes[Strike.Kill]);
    }
}
