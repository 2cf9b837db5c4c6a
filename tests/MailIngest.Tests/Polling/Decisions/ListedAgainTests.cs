using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Listed again after its DELE: a lost QUIT, a server that keeps mail, a restored maildrop, or a new message under a used unique-id.</summary>
public class ListedAgainTests
{
    [Fact]
    public async Task After_a_lost_QUIT_TOP_proves_it_and_it_is_not_fetched_again()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).CutBefore());
        world.Deliver(3);
        await world.PollAsync();
        Assert.Equal(3, world.Maildrop.Count);
        await world.PollAsync();
        Assert.Equal(3, world.Commands("RETR").Count);
        Assert.Equal(["TOP 1 0", "TOP 2 0", "TOP 3 0"], world.Commands("TOP"));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Where_only_the_answer_to_QUIT_was_lost_it_is_gone_and_stays_known()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).CutAfterOctets(0));
        var message = world.Deliver();
        var report = await world.PollAsync();
        Assert.NotNull(report.Failure);
        await world.PollAsync();
        Assert.Equal(MessageState.Gone, (await world.RowAsync(message.Message.UniqueId)).State);
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_TOP_its_octets_prove_it(bool announced)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => announced ? faults.At("QUIT", session: 1).CutBefore().At("TOP").Refuses("no") : faults.At("QUIT", session: 1).CutBefore(),
            server: options => options with { Top = announced });
        world.Deliver(3);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(6, world.Commands("RETR").Count);
        Assert.Equal(3, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Restored_from_a_backup_after_it_was_gone_its_octets_prove_it_and_it_is_deleted_again()
    {
        await using var world = await PollWorld.CreateAsync();
        var message = world.Deliver();
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal(MessageState.Gone, (await world.RowAsync(message.Message.UniqueId)).State);
        world.Maildrop.Restore(message.Message);
        await world.PollAsync();
        Assert.Equal(2, world.Commands("RETR").Count);
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_message_of_the_same_size_under_the_used_unique_id_is_stored_too(bool top)
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Top = top });
        world.Deliver(uniqueId: "used");
        await world.PollAsync();
        for (var again = 0; again < 3; again++)
        {
            world.Deliver(uniqueId: "used");
            await world.PollAsync();
        }
        Assert.Equal(4, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task An_older_message_that_comes_back_after_its_unique_id_was_used_again_is_recognised()
    {
        await using var world = await PollWorld.CreateAsync();
        var first = world.Deliver(uniqueId: "used");
        await world.PollAsync();
        world.Deliver(uniqueId: "used");
        await world.PollAsync();
        world.Maildrop.Restore(first.Message);
        await world.PollAsync();
        Assert.Equal(2, world.Commands("RETR").Count);
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task After_three_rounds_the_server_keeps_its_mail_and_there_is_no_fourth_DELE()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").IgnoresDeletions());
        world.Deliver(2);
        for (var poll = 0; poll < 3; poll++)
            Assert.Equal(0, (await world.PollAsync()).KeptByServer);
        var report = await world.PollAsync();
        Assert.Equal(2, report.KeptByServer);
        Assert.Equal(2, report.Counts.StoredEarlier);
        Assert.Equal(ExitCode.Temporary, report.ExitStatus);
        Assert.Equal(6, world.Commands("DELE").Count);
        Assert.Equal(2, world.Commands("RETR").Count);
        world.AssertAllStored();
    }

    [Fact]
    public async Task Without_UIDL_too_there_is_no_fourth_DELE()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT").IgnoresDeletions(), server: options => options with { Uidl = false });
        world.Deliver(2);
        for (var poll = 0; poll < 5; poll++)
            await world.PollAsync();
        Assert.Equal(6, world.Commands("DELE").Count);
        Assert.Equal(2, world.Stored);
        world.AssertAllStored();
    }

    [Fact]
    public async Task When_its_blob_is_missing_it_is_fetched_again()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).CutBefore());
        world.Deliver(1);
        await world.PollAsync();
        File.Delete(world.BlobFiles[0]);
        await world.PollAsync();
        Assert.Equal(2, world.Commands("RETR").Count);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_removed_only_some_has_the_rest_deleted_by_the_next_poll()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).RemovesOnly(2));
        world.Deliver(5);
        var report = await world.PollAsync();
        Assert.NotNull(report.QuitRefused);
        await world.PollAsync();
        Assert.Equal(5, world.Commands("RETR").Count);
        world.AssertAllMoved();
    }
}
