using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using MailIngest.Tests.DeliveryPromise;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Incidents;

/// <summary>What users of other fetchers saw: the same mail came again, once or with each run.</summary>
public sealed class ImportedAgain(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    // 3: odoo/odoo#7380
    [Theory, InlineData(StoreCall.Advance), InlineData(StoreCall.Commit), InlineData(StoreCall.Committed), Trait("Incident", "3")]
    public async Task Two_fetches_at_the_same_time_do_not_import_a_mail_twice(StoreCall call)
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(5);
        await using var other = await world.OpenLedgerAsync("other");
        var first = new FaultyStore(world.Blobs);
        first.Once(call, () => world.RunAsync(ledger: other)); // the second fetch begins and ends in the middle of the first
        await world.RunAsync(first);
        Assert.Equal(2, world.Server.Events.SignIns.Select(signIn => signIn.Session).Take(2).Distinct().Count());

        await world.PollAsync();
        Assert.Equal(5, world.Stored);
        world.AssertAllMoved();
    }

    // 4: odoo/odoo#112948
    [Theory, OnEachStore, Trait("Incident", "4")]
    public async Task A_fetch_that_worked_and_whose_QUIT_timed_out_is_not_repeated_and_raises_no_alarm_again(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT", session: 1).StallAfterOctets(0));
        delivery.Add(3);
        var poll = delivery.BeginPoll();
        await delivery.StruckAsync("QUIT");
        await delivery.EndInTimeAsync(poll);
        Assert.Equal((3, 3), ((await delivery.BlobsAsync()).Count, delivery.Removed));

        Assert.Equal(ExitCode.Ok, (await delivery.PollAsync()).ExitStatus);
        Assert.Equal((0, 0), (delivery.Sent("RETR"), delivery.Sent("DELE")));
    }

    // 5: zammad/zammad#78
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "5")]
    public async Task An_interrupted_fetch_does_not_bring_the_processed_mail_again(bool delete)
    {
        var points = 0;
        for (var killed = true; killed; points++)
        {
            await using var delivery = await OpenAsync(Store.Folder);
            delivery.Mailbox = delivery.Mailbox with { Delete = delete };
            delivery.Add(4);
            var calls = 0;
            delivery.Blobs.At = _ =>
            {
                if (Interlocked.Increment(ref calls) == points + 1)
                    delivery.Kill();
                return Task.CompletedTask;
            };
            await delivery.PollAsync();
            killed = calls > points;
            var stored = (await delivery.BlobsAsync()).Count;
            var known = (await delivery.StatesAsync()).Count(state => state != MailIngest.Ledger.MessageState.Seen);

            await delivery.PollAsync();
            Assert.Equal(4 - known, delivery.Sent("RETR")); // what was in flight, and nothing that was done
            Assert.InRange(stored - known, 0, 4);
            Assert.Equal(4, (await delivery.BlobsAsync()).Count);
            await delivery.PollAsync();
            Assert.Equal(0, delivery.Sent("RETR"));
        }
        Assert.InRange(points, 12, 100); // four messages: octets, commit, committed
    }

    // 6: eppye-bots/bots#75
    [Theory, InlineData(false), InlineData(true), Trait("Incident", "6")]
    public async Task A_line_that_fails_at_the_end_does_not_bring_the_mail_double(bool afterTheUpdate)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("QUIT", session: 1) is var quit && afterTheUpdate ? quit.CutAfterOctets(0) : quit.CutBefore());
        world.Deliver(3);
        await world.PollAsync();
        await world.PollAsync();
        Assert.Equal((3, 3), (world.Stored, world.Commands("RETR").Count));
        world.AssertAllMoved();
    }

    // 13: docker-mailserver/docker-mailserver#2832, #2052
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "13")]
    public async Task An_update_of_the_image_that_loses_the_ledger_does_not_import_all_mail_again(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(5);
        await world.PollAsync();
        await world.LoseLedgerAsync();
        await world.RestartWorkerAsync();
        world.Mailbox = world.Mailbox with { Delete = delete };
        world.Deliver(1);

        await world.PollAsync();
        Assert.Equal(6, world.Stored);
        world.AssertAllStored();
        Assert.Equal(delete ? 0 : 6, world.Maildrop.Count);
        Assert.Equal(0, (await world.PollAsync()).Counts.Fetched);
    }

    // 21: Microsoft Q317945
    [Fact, Trait("Incident", "21")]
    public async Task A_server_that_allows_a_sign_in_each_quarter_of_an_hour_sees_one_and_RETR_and_DELE_in_it()
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { LoginDelay = TimeSpan.FromMinutes(15) });
        world.Deliver(3);
        Assert.Equal(ExitCode.Ok, (await world.PollAsync()).ExitStatus);
        world.AssertAllMoved();
        world.Deliver(1);
        Assert.Equal(ExitCode.Ok, (await world.RunAsync()).ExitStatus);
        Assert.Single(world.Server.Events, happened => happened.Kind == ServerEventKind.Connected);
        await world.PollAsync();
        Assert.Equal((4, 4), (world.Stored, world.Commands("RETR").Count));
        world.AssertAllMoved();
    }

    // 27: faveosuite/faveo-helpdesk#490, odoo/odoo#81249, osTicket/osTicket#1688
    [Fact, Trait("Incident", "27")]
    public async Task Mail_that_the_server_never_deletes_is_imported_once_and_the_operator_is_told()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("QUIT").IgnoresDeletions());
        world.Deliver(3);
        for (var poll = 0; poll < 6; poll++)
            await world.PollAsync();
        Assert.Equal((3, 3), (world.Stored, world.Commands("RETR").Count));
        var report = await world.PollAsync();
        Assert.Equal((3, ExitCode.Temporary), (report.KeptByServer, report.ExitStatus));
        Assert.Contains(world.Log.Lines, line => line.Contains("stored messages that the server keeps", StringComparison.Ordinal));
    }

    // 30: Azure/azure-sdk-for-net#35632
    [Theory, OnEachStore(100), OnEachStore(9 << 20), Trait("Incident", "30")]
    public async Task An_upload_that_worked_and_was_reported_as_failed_is_recognised_and_not_made_twice(Store store, int octets)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(bodyOctets: octets);
        delivery.Blobs.Fail(StoreCall.Committed, times: 1);
        await delivery.PollAsync();
        await delivery.PollAsync();
        Assert.Single(await delivery.BlobsAsync());
        Assert.Empty(delivery.OnServer);
    }
}
