using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using MailIngest.Tests.DeliveryPromise;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Incidents;

/// <summary>What users of other fetchers saw: the mail was gone from the server, and it was nowhere else.</summary>
public sealed class DeletedTooEarly(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    // 1: odoo/odoo#253413
    [Theory, OnEachStore, Trait("Incident", "1")]
    public async Task A_mail_whose_import_failed_is_not_gone_from_the_server(Store store)
    {
        await using var delivery = await OpenAsync(store, server: OneSession);
        delivery.Add(3);
        delivery.Blobs.Once(StoreCall.Committed, () =>
        {
            delivery.Ledger.FailAt(1); // the database rolls back what it was told of the first message
            return Task.CompletedTask;
        });

        Assert.NotEqual(ExitCode.Ok, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((3, 0), (delivery.OnServer.Count, delivery.Sent("DELE")));

        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        Assert.Equal(3, (await delivery.BlobsAsync()).Count);
    }

    // 7: spring-projects/spring-integration#9546
    [Theory, InlineData(0), InlineData(1), InlineData(20), InlineData(300), InlineData(515), Trait("Incident", "7")]
    public async Task A_connection_that_breaks_while_a_mail_is_copied_does_not_take_the_mail_with_it(int octets)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 2, session: 1).CutAfterOctets(octets).AtDisconnect().RemovesMarked(),
            options => options with { ExtraCapabilities = ["LOGIN-DELAY 900"] });
        world.Deliver();
        var copied = world.Deliver();
        await world.PollAsync();
        Assert.True(world.Holds(copied));
        Assert.False(world.IsStored(copied));

        await world.PollAsync(); // what failed before is fetched in a session of its own
        await world.PollAsync();
        world.AssertAllMoved();
    }

    // 8: spring-projects/spring-integration#2756
    [Fact, Trait("Incident", "8")]
    public async Task No_body_is_asked_for_after_its_mail_was_deleted()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("DELE").RemovesAtOnce());
        for (var octets = 500; octets < 4_000_000; octets *= 8)
            world.Deliver(octets: octets);
        Assert.Equal(5, (await world.PollAsync()).Counts.Fetched);
        string[] commands = [.. world.Server.Events.Commands().Select(command => command.Verb).Where(verb => verb is "RETR" or "DELE")];
        Assert.Equal([.. Enumerable.Repeat("RETR", 5), .. Enumerable.Repeat("DELE", 5)], commands);
        world.AssertAllMoved();
    }

    // 25: the FAQ of getmail, "Gmail"
    [Fact, Trait("Incident", "25")]
    public async Task A_mail_that_the_server_hides_once_it_was_read_is_not_lost_when_it_could_not_be_stored()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").RemovesRetrieved());
        world.Deliver(4);
        var report = await world.PollAsync(new FailingBlobs(world.Blobs, commit => commit == 2));
        Assert.NotEqual(ExitCode.Ok, report.ExitStatus);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    // 28: the FAQ of fetchmail, D3
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "28")]
    public async Task A_mail_that_is_refused_as_spam_or_for_any_other_reason_is_never_deleted(bool isTransient)
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(3);
        var refusing = new FaultyStore(world.Blobs)
        {
            At = call => call != StoreCall.Commit ? Task.CompletedTask
                : throw new BlobStoreException("550 looks like spam", null, isTransient),
        };
        var report = await world.PollWithinAsync(sessions: 5, polls: 8, refusing);
        Assert.NotEqual(ExitCode.Ok, report.ExitStatus);
        Assert.Equal((3, 0), (world.Maildrop.Count, world.Stored));
        Assert.Empty(world.Commands("DELE"));
    }

    // 29: NEWS of fetchmail, comcast
    [Fact, Trait("Incident", "29")]
    public async Task A_server_whose_TOP_ends_at_80_kB_does_not_shorten_the_mail()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("TOP").TruncatesTo(80_000).At("QUIT", session: 1).IgnoresDeletions());
        world.Deliver(octets: 200_000);
        await world.PollAsync();
        await world.PollAsync(); // TOP is asked whether it is the same message
        Assert.NotEmpty(world.Commands("TOP"));
        Assert.Equal(200_000, new FileInfo(Assert.Single(world.BlobFiles)).Length);
        world.AssertAllMoved();
    }

    // 9: apache/nifi#1857
    [Fact, Trait("Incident", "9")]
    public async Task A_mail_that_was_not_deleted_although_the_server_said_so_is_deleted_later_and_not_forgotten()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT", session: 1).IgnoresDeletions());
        var message = world.Deliver();
        await world.PollAsync();
        Assert.True(world.Holds(message));
        Assert.Equal(MessageState.Deleting, (await world.RowAsync(message.Message.UniqueId)).State);

        await world.PollAsync();
        Assert.Equal(["RETR 1"], world.Commands("RETR"));
        world.AssertAllMoved();
        await world.PollAsync();
        Assert.Equal(MessageState.Gone, (await world.RowAsync(message.Message.UniqueId)).State);
        Assert.Equal(0, world.Count(Breach.Lost));
    }
}
