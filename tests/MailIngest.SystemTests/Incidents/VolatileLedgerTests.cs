using System.Text.Json.Nodes;
using MailIngest.SystemTests.Faults;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Incidents;

/// <summary>What users of other fetchers saw after a reboot: everything came again.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "root")]
public sealed class VolatileLedgerTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    // 12: postfixadmin/postfixadmin#681
    [Fact, Trait("Incident", "12")]
    public async Task A_ledger_in_memory_is_warned_of_at_each_start_and_a_reboot_stores_no_mail_again()
    {
        using var place = new Workplace();
        var memory = Path.Combine(place.Folder, "memory");
        place.MoreSettings = new() { ["ledger"] = new JsonObject { ["file"] = Path.Combine(memory, "ledger.db") } };
        var maildrop = dovecot.Server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var number = 1; number <= 3; number++)
            mail.Put($"mail{number}", SampleMail.Make(number));
        place.AddMailbox("office", dovecot.Server, maildrop, changes: new() { ["delete"] = false });

        using (Mount.At(memory, "-t", "tmpfs", "tmpfs"))
        {
            for (var start = 1; start <= 2; start++)
                (await place.OnceAsync(Stop)).Ended(ExitCode.Done)
                    .Said("ledger.db", "in memory (tmpfs)", "next reboot", "put ledger.file on a disk");
        }
        using (Mount.At(memory, "-t", "tmpfs", "tmpfs"))
            (await place.OnceAsync(Stop)).Ended(ExitCode.Done).Said("in memory (tmpfs)");

        var blobs = await place.Blobs.ReadAsync(Stop);
        mail.AssertPromise(blobs);
        Assert.Equal((3, 3), (blobs.Count, maildrop.Left.Count));
    }

    // 12: postfixadmin/postfixadmin#681, the other way round
    [Fact, Trait("Incident", "12")]
    public async Task A_ledger_on_a_disk_is_not_warned_of()
    {
        using var place = new Workplace();
        using var disk = new PoweredDisk();
        disk.Attach(Path.Combine(place.Folder, "disk"));
        place.MoreSettings = new() { ["ledger"] = new JsonObject { ["file"] = Path.Combine(disk.Folder, "ledger.db") } };
        place.AddMailbox("office", dovecot.Server, dovecot.Server.NewMaildrop());
        var run = (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        Assert.DoesNotContain("in memory", run.Output, StringComparison.Ordinal);
    }
}
