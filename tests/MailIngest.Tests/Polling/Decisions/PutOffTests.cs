using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A message that failed once waits behind the others, and not for ever: not even where no poll ever finishes them.</summary>
public class PutOffTests
{
    [Fact]
    public async Task Where_each_poll_has_one_session_and_reads_what_it_cannot_name_a_refused_message_gets_its_turn()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, occurrence: 1).Refuses("-ERR not now"),
            server => server with { LoginDelay = TimeSpan.FromMinutes(15), Uidl = false },
            mailbox => mailbox with { Delete = false });
        var refused = world.Deliver();
        await world.PollAsync();
        world.Deliver(octets: 700);
        for (var poll = 0; poll < PollLessons.PutOffAtMost + 2; poll++)
        {
            await world.PollAsync();
        }
        Assert.True(world.IsStored(refused));
        Assert.Equal(2, world.Stored);
    }

    [Fact]
    public async Task Where_each_poll_is_full_of_new_mail_a_refused_message_gets_its_turn()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, occurrence: 1).Refuses("-ERR not now"),
            mailbox: mailbox => mailbox with { MaxMessagesPerSession = 1 });
        var refused = world.Deliver();
        await world.PollAsync();
        for (var poll = 0; poll < PollLessons.PutOffAtMost + 1; poll++)
        {
            world.Deliver();
            world.Deliver();
            await world.PollAsync();
        }
        Assert.True(world.IsStored(refused));
    }

    [Fact]
    public async Task Whoever_had_its_turn_waits_again_behind_the_others()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1).Refuses("-ERR never"),
            server => server with { LoginDelay = TimeSpan.FromMinutes(15) });
        world.Deliver();
        await world.PollAsync();
        var fetched = 0;
        for (var poll = 0; poll < 2 * (PollLessons.PutOffAtMost + 1); poll++)
        {
            world.Deliver();
            fetched += (await world.PollAsync()).Counts.Fetched;
        }
        // Two turns, and what came meanwhile is fetched with the next.
        Assert.Equal(2 * (PollLessons.PutOffAtMost + 1) - 1, fetched);
    }
}
