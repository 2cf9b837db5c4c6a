using MailIngest.Blobs;
using MailIngest.Mailboxes;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Proofs that fail in more than one way at once: lost blobs, refused RETRs, a limit that was lowered meanwhile.</summary>
public class RareProofsTests
{
    [Fact]
    public async Task When_the_blob_of_the_second_message_under_a_unique_id_is_lost_that_one_is_fetched_again_and_the_first_stays_known()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(uniqueId: "used");
        await world.PollAsync();
        var firstBlob = world.BlobFiles.Single();
        world.Deliver(uniqueId: "used");
        world.Mailbox = world.Mailbox with { Delete = false };
        await world.PollAsync();
        File.Delete(world.BlobFiles.Single(file => file != firstBlob));

        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
        Assert.Equal(3, world.Commands("RETR").Count);
        Assert.Equal(2, world.Stored);
        Assert.NotNull((await world.RowAsync("used")).Stored);
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_a_message_whose_blob_is_lost_is_fetched_again_under_its_own_row()
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { Uidl = false }, mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(2);
        await world.PollAsync();
        File.Delete(world.BlobFiles[0]);

        world.Mailbox = world.Mailbox with { Delete = true };
        var report = await world.PollAsync();
        Assert.Equal((1, 1), (report.Counts.Fetched, report.Counts.StoredEarlier));
        Assert.Equal(2, (await world.RowsAsync()).Count);
        Assert.All(await world.RowsAsync(), row => Assert.Equal(0, row.Generation));
        world.AssertAllMoved();
    }

    [Fact]
    public async Task Without_UIDL_a_refused_RETR_is_counted_and_the_other_messages_are_moved()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, times: 1).Refuses("not now"), server: options => options with { Uidl = false });
        world.Deliver(3);
        var report = await world.PollAsync();
        Assert.Equal((3, 2, 1), (report.Counts.Listed, report.Counts.Fetched, report.Counts.Failed));
        Assert.Contains(report.Errors.Keys, error => error.StartsWith("the server refused RETR", StringComparison.Ordinal));
        Assert.Equal(1, world.Maildrop.Count);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task What_cannot_be_proven_without_a_RETR_and_is_too_large_by_now_stays_on_the_server()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT", session: 1).CutBefore(), server: options => options with { Top = false });
        world.Deliver(1);
        await world.PollAsync();
        world.Mailbox = world.Mailbox with { MaxMessageOctets = 100 };
        var report = await world.PollAsync();
        Assert.Equal((1, 1), (report.Counts.Listed, report.Counts.Skipped));
        Assert.Single(world.Commands("RETR"));
        Assert.Equal((1, 1), (world.Stored, world.Maildrop.Count));
    }

    [Fact]
    public async Task Without_TOP_too_a_server_that_keeps_its_mail_is_left_alone_after_three_rounds()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT").IgnoresDeletions(), server: options => options with { Top = false });
        world.Deliver(2);
        for (var poll = 0; poll < 3; poll++)
            Assert.Equal(0, (await world.PollAsync()).KeptByServer);
        var report = await world.PollAsync();
        Assert.Equal((2, 2), (report.KeptByServer, report.Counts.StoredEarlier));
        Assert.Equal(6, world.Commands("DELE").Count);
        world.AssertAllStored();
    }

    [Fact]
    public async Task What_a_session_stored_before_a_truncated_message_is_in_doubt_when_it_had_refused_another()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, session: 1).Refuses("no").At("RETR", message: 3, session: 1).TruncatesTo(100));
        world.Deliver(1);
        var stored = world.Deliver();
        world.Deliver(1);
        var report = await world.PollAsync();
        Assert.DoesNotContain(world.Server.Events.Commands("QUIT"), quit => quit.Session == 1);
        Assert.Equal(2, report.Counts.Failed);
        Assert.True(world.IsStored(stored));
        Assert.NotEmpty(world.Commands("TOP")); // the copy is compared before its DELE, although this session is only the next
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_message_that_failed_before_is_quarantined_once_when_a_new_limit_makes_it_too_large()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1, session: 1).Refuses("no"));
        var message = world.Deliver();
        await world.PollAsync();
        world.Mailbox = world.Mailbox with { MaxMessageOctets = 100, Oversize = Oversize.Quarantine };
        var report = await world.PollAsync();
        Assert.Equal((1, 1), (report.Counts.Quarantined, report.NewlyQuarantined));
        Assert.True((await world.RowAsync(message.Message.UniqueId)).Quarantined);
        Assert.Equal((1, 0), ((await world.PollAsync()).Counts.Quarantined, (await world.PollAsync()).NewlyQuarantined));
    }

    [Fact]
    public async Task A_message_whose_every_name_is_taken_fails_and_is_neither_overwritten_nor_deleted()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(1);
        var names = new List<string>();
        var everyNameIsTaken = new CommitSeam(world.Blobs, (_, name, _, _) =>
        {
            names.Add(name.Path);
            return Task.FromResult(CommitOutcome.Taken);
        });
        Assert.Equal(1, (await world.PollAsync(everyNameIsTaken)).Counts.Failed); // and is fetched again to be compared with what has its name
        names.Clear();
        var report = await world.PollAsync(everyNameIsTaken);
        Assert.Equal(1, report.Counts.Failed);
        Assert.Contains("16 different messages share its unique-id and header", report.Errors.Keys);
        Assert.Equal((16, 16), (names.Count, names.Distinct().Count()));
        Assert.Equal(1, world.Maildrop.Count);
    }
}
