using System.Text.Json.Nodes;
using MailIngest.SystemTests.Faults;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Incidents;

/// <summary>What users of other fetchers saw after their disk was full or had lost its power: mail came again, or did not come.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "root")]
public sealed class FailingDiskTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    // 14: NEWS of fetchmail, 2006-01-04
    [Fact, Trait("Incident", "14")]
    public async Task A_disk_that_was_full_for_a_while_does_not_bring_all_mail_again()
    {
        using var place = new Workplace();
        using var disk = Mount.At(Path.Combine(place.Folder, "state"), "-t", "tmpfs", "-o", "size=4m", "tmpfs");
        place.MoreSettings = new() { ["ledger"] = new JsonObject { ["file"] = Path.Combine(disk.Folder, "ledger.db") } };
        var (maildrop, mail) = Deliver(place, 3, delete: false);
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done).Said("listed 3 = fetched 3");

        mail.Put("late", SampleMail.Make(4));
        var filler = Path.Combine(disk.Folder, "filler");
        disk.FillBut(filler, 0);
        (await place.OnceAsync(Stop)).Failed().Said("ledger", "full");
        mail.AssertPromise(await place.Blobs.ReadAsync(Stop));
        File.Delete(filler);

        (await place.OnceAsync(Stop)).Ended(ExitCode.Done).Said("listed 4 = fetched 1 + stored earlier 3");
        var blobs = await place.Blobs.ReadAsync(Stop);
        mail.AssertPromise(blobs);
        Assert.Equal((4, 4), (blobs.Count, maildrop.Left.Count));
    }

    // 15: CHANGELOG of getmail, 4.8.4 and 2009-06-01
    [Theory, InlineData(true), InlineData(false), Trait("Incident", "15")]
    public async Task A_power_cut_right_after_a_fetch_loses_no_mail_and_brings_none_again(bool delete)
    {
        using var place = new Workplace();
        using var disk = new PoweredDisk();
        disk.Attach(Path.Combine(place.Folder, "disk"));
        var blobs = new BlobFolder(Path.Combine(disk.Folder, "blobs"));
        place.MoreSettings = new()
        {
            ["ledger"] = new JsonObject { ["file"] = Path.Combine(disk.Folder, "ledger.db") }, ["blobs"] = blobs.Settings,
        };
        var (maildrop, mail) = Deliver(place, 3, delete);
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done).Said("listed 3 = fetched 3");

        disk.Cut();
        disk.PowerOn();
        mail.AssertPromise(await blobs.ReadAsync(Stop));

        mail.Put("late", SampleMail.Make(4));
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done).Said($"fetched 1 + stored earlier {(delete ? 0 : 3)}");
        var found = await blobs.ReadAsync(Stop);
        mail.AssertPromise(found);
        Assert.Equal((4, delete ? 0 : 4), (found.Count, maildrop.Left.Count));
    }

    // 31: freescout-help-desk/freescout#1696, #4899
    [Fact, Trait("Incident", "31")]
    public async Task Runs_that_overlap_on_a_full_disk_delete_no_mail_and_say_what_is_wrong()
    {
        using var place = new Workplace();
        using var disk = Mount.At(((BlobFolder)place.Blobs).Folder, "-t", "tmpfs", "-o", "size=8m", "tmpfs");
        var filler = Path.Combine(disk.Folder, "filler");
        disk.FillBut(filler, 100_000);
        var (_, mail) = Deliver(place, 4, delete: true, octets: 400_000);

        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => place.OnceAsync(Stop)));
        Assert.Contains(
            runs, run => run.ExitCode is not (int)ExitCode.Done && run.Output.Contains("space", StringComparison.OrdinalIgnoreCase));
        mail.AssertUntouched();
        Assert.Empty(await place.Blobs.ReadAsync(Stop));

        File.Delete(filler);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => place.OnceAsync(Stop)));
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop), await place.RowsAsync("office", Stop));
    }

    (DovecotMaildrop, Consignment) Deliver(Workplace place, int messages, bool delete, int octets = 2_000)
    {
        var maildrop = dovecot.Server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var number = 1; number <= messages; number++)
            mail.Put($"mail{number}", SampleMail.Make(number, octets));
        place.AddMailbox("office", dovecot.Server, maildrop, changes: new() { ["delete"] = delete });
        return (maildrop, mail);
    }
}
