using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using MailIngest.Tests.DeliveryPromise;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Incidents;

/// <summary>What users of other fetchers saw: mail that lay on the server and did not come.</summary>
public sealed class NeverFetched(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    // 2: odoo/odoo#62856, #81115
    [Theory, InlineData("refused", 1), InlineData("cut short", 4), Trait("Incident", "2")]
    public async Task Sixty_bad_mails_at_the_head_do_not_keep_the_good_one_behind_them_from_coming(string bad, int polls)
    {
        // One that is cut short costs its session, and a poll spends no more than twenty on such.
        await using var world = await PollWorld.CreateAsync(faults => Enumerable.Range(1, 60).Aggregate(faults, (script, number) =>
            script.At("RETR", message: number) is var retr && bad == "refused" ? retr.Refuses("no") : retr.TruncatesTo(40)));
        world.Deliver(60);
        var good = world.Deliver();
        await world.PollWithinAsync(sessions: 25, polls);
        Assert.True(world.IsStored(good));
        Assert.False(world.Holds(good));

        var later = world.Deliver();
        await world.PollWithinAsync(sessions: 25);
        Assert.True(world.IsStored(later));
        Assert.Equal(60, world.Maildrop.Count);
    }

    // 10: chatmail/core#5009
    [Theory, InlineData("STAT", 14), InlineData("LIST", 40), InlineData("UIDL", 60), Trait("Incident", "10")]
    public async Task A_lost_connection_is_not_read_as_an_empty_mailbox(string verb, int octets)
    {
        await using var world = await PollWorld.CreateAsync(
            server: options => options with { ExtraCapabilities = ["LOGIN-DELAY 900"] },
            mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        await world.PollAsync();
        var before = await world.RowsAsync();
        for (var sent = 0; sent <= octets; sent++)
        {
            await world.RestartServerAsync(faults => faults.At(verb).CutAfterOctets(sent));
            Assert.NotNull((await world.PollAsync()).Failure);
            Assert.Equal(before, await world.RowsAsync());
        }
        await world.RestartServerAsync();
        Assert.Equal((3, 3), ((await world.PollAsync()).Counts.StoredEarlier, world.Stored));
    }

    // 16: CHANGELOG of getmail, 2011-11-20
    [Fact, Trait("Incident", "16")]
    public async Task A_mail_that_arrives_in_the_middle_of_a_fetch_comes_and_confuses_nothing()
    {
        var points = 0;
        for (var arrived = true; arrived; points++)
        {
            await using var world = await PollWorld.CreateAsync();
            world.Deliver(2);
            var (commands, late) = (0, (Delivered?)null);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(PollWorld.Stop);
            var watch = world.Server.Events.WaitForAsync(happened =>
            {
                if (!over.IsCancellationRequested && happened.Kind == ServerEventKind.Command && ++commands == points + 1)
                    late = world.Deliver();
                return false;
            }, over.Token);
            await world.PollAsync();
            await over.CancelAsync();
            Assert.True(watch.IsCanceled || !watch.IsCompleted);
            arrived = late is not null;
            await world.PollAsync();
            Assert.Equal(arrived ? 3 : 2, world.Stored);
            world.AssertAllMoved();
        }
        Assert.InRange(points, 10, 40);
    }

    // 16: CHANGELOG of getmail, 2011-11-20, where the server shows the new mail in the middle of the session
    [Theory, InlineData("STAT LIST"), InlineData("LIST"), Trait("Incident", "16")]
    public async Task A_mail_that_is_in_the_second_listing_and_not_in_the_first_comes_with_the_next_fetch(string lacking)
    {
        await using var world = await PollWorld.CreateAsync(faults => lacking.Contains("STAT", StringComparison.Ordinal)
            ? faults.At("STAT", session: 1).Answers("+OK 2 1000").At("LIST", session: 1).LeavesOut(3)
            : faults.At("LIST", session: 1).LeavesOut(3));
        world.Deliver(3);
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    // 18: CHANGELOG of getmail, 2004-06-19
    [Fact, Trait("Incident", "18")]
    public async Task Not_only_every_other_mail_is_fetched_when_mail_is_deleted()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(9);
        Assert.Equal(9, (await world.PollAsync()).Counts.Fetched);
        world.AssertAllMoved();
    }

    // 19: morepaolo/roundcube-pop3fetcher#7
    [Fact, Trait("Incident", "19")]
    public async Task Not_only_every_second_mail_is_fetched_when_mail_is_kept()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        for (var mail = 1; mail <= 6; mail++)
        {
            world.Deliver();
            Assert.Equal((1, mail), ((await world.PollAsync()).Counts.Fetched, world.Stored));
        }
        Assert.Equal(6, world.Maildrop.Count);
    }

    // 26: hmailserver/hmailserver#107
    [Theory, OnEachStore, Trait("Incident", "26")]
    public async Task A_server_that_hangs_does_not_hold_the_mail_back_until_somebody_restarts_us(Store store)
    {
        await using var delivery = await OpenAsync(
            store, FaultScript.None.At("RETR", message: 2, session: 1).StallAfterOctets(60), OneSession);
        delivery.Add(3);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("RETR");
        var report = await delivery.EndInTimeAsync(poll);
        Assert.NotEqual(ExitCode.Ok, report.ExitStatus);

        await delivery.PollAsync();
        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        Assert.Equal(3, (await delivery.BlobsAsync()).Count);
    }
}
