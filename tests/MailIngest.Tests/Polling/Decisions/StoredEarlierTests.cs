using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Stored by an earlier session: its blob is looked at, then it is deleted without being fetched again, unless anything is different.</summary>
public class StoredEarlierTests
{
    /// <summary>Three messages stored; the session ended before their DELE.</summary>
    static async Task<PollWorld> StoredNotDeletedAsync(Func<Pop3ServerOptions, Pop3ServerOptions>? server = null)
    {
        var world = await PollWorld.CreateAsync(faults => faults.At("DELE", message: 1).CutBefore(), server);
        world.Deliver(3);
        await world.PollAsync();
        Assert.Equal(3, world.Stored);
        Assert.Equal(3, world.Maildrop.Count);
        await world.RestartServerAsync();
        return world;
    }

    /// <summary>Three messages stored and kept, to be deleted from now on.</summary>
    static async Task<PollWorld> KeptSoFarAsync(Func<Pop3ServerOptions, Pop3ServerOptions>? server = null)
    {
        var world = await PollWorld.CreateAsync(server: server, mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        await world.PollAsync();
        await world.RestartServerAsync();
        world.Mailbox = world.Mailbox with { Delete = true };
        return world;
    }

    [Fact]
    public async Task With_the_same_octets_it_is_deleted_without_a_RETR()
    {
        await using var world = await KeptSoFarAsync();
        var report = await world.PollAsync();
        Assert.Empty(world.Commands("RETR"));
        Assert.Equal(3, report.Counts.StoredEarlier);
        Assert.Equal(3, report.Deleted);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_TOP_too()
    {
        await using var world = await KeptSoFarAsync(options => options with { Top = false });
        await world.PollAsync();
        Assert.Empty(world.Commands("RETR"));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task After_a_session_that_was_lost_before_its_QUIT_nothing_is_fetched_again()
    {
        await using var world = await StoredNotDeletedAsync();
        await world.PollAsync();
        Assert.Empty(world.Commands("RETR"));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_its_blob_is_missing_it_is_fetched_again()
    {
        await using var world = await KeptSoFarAsync();
        File.Delete(world.BlobFiles[1]);
        var report = await world.PollAsync();
        Assert.Single(world.Commands("RETR"));
        Assert.Equal((1, 2), (report.Counts.Fetched, report.Counts.StoredEarlier));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_the_store_cannot_be_asked_nothing_is_deleted()
    {
        await using var world = await KeptSoFarAsync();
        var blob = world.BlobFiles[0];
        var away = blob + ".away";
        File.Move(blob, away);
        Directory.CreateDirectory(blob);
        var report = await world.RunAsync();
        Assert.NotNull(report.Failure);
        Assert.Empty(world.Server.Events.Removals);
        Directory.Delete(blob);
        File.Move(away, blob);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task With_other_octets_it_is_another_message_and_becomes_a_new_generation()
    {
        await using var world = await KeptSoFarAsync();
        var first = world.Maildrop.Messages[0];
        world.Maildrop.Remove(first);
        var second = world.Deliver(octets: 700, uniqueId: first.UniqueId);
        await world.PollAsync();
        Assert.True(world.IsStored(second));
        Assert.Equal(MessageState.Deleting, (await world.RowAsync(first.UniqueId, 1)).State);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task With_other_octets_by_LIST_and_the_same_bytes_it_is_the_same_message()
    {
        await using var world = await KeptSoFarAsync();
        await world.RestartServerAsync(faults => faults.At("LIST").SaysOctets(1, 498));
        var report = await world.PollAsync();
        Assert.Equal(3, report.Counts.StoredEarlier);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task With_the_same_octets_and_another_header_it_is_another_message_all_the_same()
    {
        // The maildrop was made anew between two polls, and its unique-ids begin again at the same number.
        await using var world = await KeptSoFarAsync();
        var first = world.Maildrop.Messages[0];
        world.Maildrop.Remove(first);
        var second = world.Deliver(uniqueId: first.UniqueId);
        await world.PollAsync();
        Assert.True(world.IsStored(second));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_the_ledger_is_lost_it_is_fetched_again_and_found_in_the_store()
    {
        await using var world = await StoredNotDeletedAsync();
        await world.LoseLedgerAsync();
        await world.PollAsync();
        Assert.Equal(3, world.Commands("RETR").Count);
        Assert.Equal(3, world.Stored);
        world.AssertAllMoved();
    }
}
