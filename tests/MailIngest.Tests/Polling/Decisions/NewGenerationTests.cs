using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>A used unique-id under another message, wherever the poll stood with the first one: both are stored, in generations of their own.</summary>
public class NewGenerationTests
{
    [Theory]
    [InlineData(true, 500)]
    [InlineData(true, 700)]
    [InlineData(false, 500)]
    [InlineData(false, 700)]
    public async Task After_a_QUIT_whose_answer_was_lost_the_new_message_is_not_taken_for_the_old(bool top, int octets)
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).CutAfterOctets(0), options => options with { Top = top });
        world.Deliver(uniqueId: "used");
        await world.PollAsync();
        Assert.Equal(MessageState.Deleting, (await world.RowAsync("used")).State);
        world.Deliver(octets, "used");
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task With_one_header_and_different_bodies_both_are_stored_when_the_size_differs()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(Mail.Numbered(1, 500), "used");
        await world.PollAsync();
        world.Deliver(Mail.Numbered(1, 501), "used");
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task The_ledger_was_lost_in_between_and_still_both_are_stored_once()
    {
        await using var world = await PollWorld.CreateAsync();
        var first = world.Deliver(uniqueId: "used");
        await world.PollAsync();
        await world.LoseLedgerAsync();
        world.Deliver(uniqueId: "used");
        await world.PollAsync();
        world.Maildrop.Restore(first.Message);
        await world.PollAsync();
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task With_deleteAfter_the_new_message_is_stored_before_its_unique_id_is_deleted()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { DeleteAfter = TimeSpan.FromDays(7) });
        var first = world.Deliver(uniqueId: "used");
        await world.PollAsync();
        world.Maildrop.Remove(first.Message);
        world.Clock.Advance(TimeSpan.FromDays(8));
        var second = world.Deliver(uniqueId: "used");
        await world.PollAsync();
        Assert.True(world.IsStored(second));
        Assert.True(world.Holds(second));
        world.Clock.Advance(TimeSpan.FromDays(8));
        await world.PollAsync();
        world.AssertAllMoved();
    }
}
