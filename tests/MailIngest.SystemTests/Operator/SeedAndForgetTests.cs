using System.Text.Json.Nodes;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary>
/// <c>seed</c> and <c>forget</c>: what the ledger knows before and after, and that no message is lost or stored twice by them.
/// </summary>
public sealed class SeedAndForgetTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_seeded_mailbox_only_newer_mail_is_ingested_and_only_that_is_deleted()
    {
        await using var office = new Office(new() { ["enabled"] = false });
        var (first, second) = (office.Deliver(), office.Deliver());
        (await office.RunAsync("seed", "--mailbox", "office")).Ended(ExitCode.Done).Said("2 messages are marked as stored elsewhere");
        office.AssertUntouched();
        office.Set("enabled", true);
        office.Deliver();

        for (var poll = 0; poll < 3; poll++)
            (await office.RunAsync("once")).Ended(ExitCode.Done);

        Assert.Single(await office.Place.Blobs.ReadAsync(Stop));
        Assert.Equal([first, second], office.Maildrop.Messages);
        Assert.Single(office.Server.Events.Commands("RETR"));
        (await office.RunAsync("status")).Ended(ExitCode.Done).Said("office", "0");
        (await office.RunAsync("audit")).Ended(ExitCode.Done).Said("pending 0", "2 listed");
        (await office.RunAsync("seed", "--mailbox", "office")).Ended(ExitCode.Done).Said("0 messages are marked", "marked before: 2");
    }

    [Fact]
    public async Task Undone_it_is_as_if_the_mail_were_new()
    {
        await using var office = new Office();
        office.Deliver();
        (await office.RunAsync("seed", "--mailbox", "office")).Ended(ExitCode.Done);
        (await office.RunAsync("seed", "--mailbox", "office", "--undo")).Ended(ExitCode.Done).Said("1 message is marked no longer");
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        Assert.Single(await office.Place.Blobs.ReadAsync(Stop));
        Assert.Equal(0, office.Maildrop.Count);
    }

    [Fact]
    public async Task Where_unique_ids_say_nothing_nothing_is_marked()
    {
        await using var office = new Office();
        office.Deliver();
        office.Deliver();
        await office.RestartServerAsync(FaultScript.None.At("UIDL").SaysNumbersAsUniqueIds());
        (await office.RunAsync("seed", "--mailbox", "office")).Ended(ExitCode.Temporary)
            .Said("2 messages have no unique-id of their own", "nothing was marked");
        await office.RestartServerAsync(FaultScript.None);
        (await office.RunAsync("once", "--dry-run")).Said("would fetch 2");
    }

    [Fact]
    public async Task A_configured_mailbox_is_forgotten_only_when_that_is_said_and_its_mail_is_not_stored_twice()
    {
        await using var office = new Office(new JsonObject { ["delete"] = false });
        office.Deliver();
        office.Deliver();
        (await office.RunAsync("once")).Ended(ExitCode.Done);

        (await office.RunAsync("forget", "--mailbox", "office")).Ended(ExitCode.Usage)
            .Said("configured and enabled", "nothing was done", "2 messages", "--yes");
        (await office.RunAsync("audit")).Ended(ExitCode.Done).Said("2 in the ledger");
        (await office.RunAsync("forget", "--mailbox", "office", "--yes")).Ended(ExitCode.Done).Said("2 messages are forgotten");

        (await office.RunAsync("once")).Ended(ExitCode.Done);
        Assert.Equal(2, (await office.Place.Blobs.ReadAsync(Stop)).Count);
        Assert.Equal(2, office.Maildrop.Count);
        (await office.RunAsync("audit")).Ended(ExitCode.Done).Said("lost 0, twice 0, orphan 0, pending 0");
    }

    [Fact]
    public async Task A_mailbox_that_is_configured_no_more_is_forgotten_at_a_word()
    {
        await using var office = new Office();
        office.Deliver();
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        File.Move(Path.Combine(office.Place.MailboxFolder, "office.json"), Path.Combine(office.Place.MailboxFolder, "other.json"));
        (await office.RunAsync("forget", "--mailbox", "office")).Ended(ExitCode.Done).Said("1 message is forgotten");
        (await office.RunAsync("forget", "--mailbox", "office")).Ended(ExitCode.Usage).Said("knows no mailbox of this name");
        Assert.Single(await office.Place.Blobs.ReadAsync(Stop));
    }
}
