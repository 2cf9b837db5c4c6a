using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Incidents;

/// <summary>What users of other fetchers saw where the unique-ids were not what the fetcher took them for.</summary>
public class StrangeUniqueIds
{
    // 11: jorritfolmer/TA-dmarc#36
    [Fact, Trait("Incident", "11")]
    public async Task Mail_is_not_imported_again_because_the_mail_before_it_was_deleted_and_the_numbers_have_shifted()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        var first = world.Deliver();
        world.Deliver(4);
        await world.PollAsync();
        world.Maildrop.Remove(first.Message);
        world.Deliver(1);
        var report = await world.PollAsync();
        Assert.Equal((1, 4, 6), (report.Counts.Fetched, report.Counts.StoredEarlier, world.Stored));
        Assert.Equal("RETR 5", world.Commands("RETR")[^1]);
    }

    // 17: CHANGELOG of getmail, 4.7.4 and 2005-01-10
    [Theory, Trait("Incident", "17")]
    [InlineData("blank"), InlineData("all blank"), InlineData("left out"), InlineData("refused"), InlineData("unknown")]
    public async Task Blank_unique_ids_or_none_do_not_end_the_fetch(string quirk)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => quirk switch
            {
                "blank" => faults.At("UIDL").SaysUniqueId(2, ""),
                "all blank" => faults.At("UIDL").SaysUniqueIds((_, _) => ""),
                "left out" => faults.At("UIDL").LeavesOut(2),
                "refused" => faults.At("UIDL").Refuses("what is that?"),
                _ => faults,
            },
            options => options with { Uidl = quirk != "unknown", AnnounceCapa = quirk != "refused" });
        world.Deliver(3);
        await world.PollWithinAsync(sessions: 6, polls: 2);
        world.AssertAllMoved();
    }

    // 20: Microsoft 956884
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "20")]
    public async Task Moving_the_mailbox_to_another_server_does_not_import_all_its_mail_again(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(5);
        await world.PollAsync();
        await world.RestartServerAsync(faults => faults.At("UIDL").SaysUniqueIds((number, _) => $"AAIAB-{number}"));
        world.Mailbox = world.Mailbox with { Delete = delete };
        world.Deliver(1);
        var report = await world.PollAsync();
        Assert.Equal((1, 5, 6), (report.Counts.Fetched, report.Counts.StoredEarlier, world.Stored));
        await world.PollAsync();
        Assert.Equal(delete ? 0 : 6, world.Maildrop.Count);
        world.AssertAllStored();
    }

    // 22: the interoperability reports on Outlook 2003
    [Theory, InlineData(false, false), InlineData(false, true), InlineData(true, false), Trait("Incident", "22")]
    public async Task Without_UIDL_or_TOP_no_mail_stays_away_and_none_comes_again(bool uidl, bool top)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT", session: 2).CutBefore(), options => options with { Uidl = uidl, Top = top },
            mailbox => mailbox with { Delete = false });
        for (var poll = 1; poll <= 4; poll++)
        {
            world.Deliver(2);
            await world.PollAsync();
            Assert.Equal(2 * poll, world.Stored);
        }
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
        world.AssertAllMoved();
    }

    // 23: cyrusimap/cyrus-imapd#374
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "23")]
    public async Task A_new_mail_under_a_used_unique_id_is_not_taken_for_the_old_one(bool seenGone)
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(uniqueId: "UID1-1");
        await world.PollAsync();
        if (seenGone)
            await world.PollAsync();
        var second = world.Deliver(uniqueId: "UID1-1");
        await world.PollAsync();
        Assert.True(world.IsStored(second));
        Assert.Equal(2, world.Stored);
        world.AssertAllMoved();
    }

    // 24: the documentation of Dovecot, pop3_uidl_format
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "24")]
    public async Task Two_mails_with_one_unique_id_are_not_downloaded_for_ever_and_both_are_deleted(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = delete });
        world.Deliver(uniqueId: "900150983cd24fb0d6963f7d28e17f72");
        world.Deliver(uniqueId: "900150983cd24fb0d6963f7d28e17f72");
        for (var poll = 0; poll < 4; poll++)
            await world.PollAsync();
        Assert.Equal((2, delete ? 0 : 2), (world.Stored, world.Maildrop.Count));
        world.AssertAllStored();
        Assert.Equal(ExitCode.Ok, (await world.PollAsync()).ExitStatus);
    }
}
