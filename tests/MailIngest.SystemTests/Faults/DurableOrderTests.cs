using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>In which order the worker makes things durable, as the kernel saw it: no power cut is needed to see that one would hurt.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "strace")]
public sealed class DurableOrderTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_is_on_the_disk_before_the_next_begins_octets_then_name_then_ledger_then_DELE()
    {
        using var place = new Workplace();
        var (maildrop, mail) = Deliver(place);

        var calls = await RecordAsync(place);

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        Assert.Empty(maildrop.Left);
        var link = calls.Single(call => IsLinkOfMessage(call) && call.Succeeded);
        var temporary = link.Quoted(0);
        var written = calls.Last(call => call.Is("write", "pwrite64") && call.IsOn(temporary));
        Assert.True(Syncs(calls, temporary).Any(sync => sync.Begun > written.Ended && sync.Ended < link.Begun),
            "The message had its name before its octets were synced.");
        AssertNameThenLedgerThenDele(place, calls, link);
    }

    /// <summary>While the first of them are being linked, slowly, the others come and are synced together.</summary>
    [Fact]
    public async Task Of_many_messages_the_octets_are_on_the_disk_before_one_of_them_gets_its_name_and_all_names_before_DELE()
    {
        const int Messages = 30;
        using var place = new Workplace();
        Assert.SkipUnless(new DriveInfo(place.Folder).DriveFormat is "ext2" or "ext3" or "ext4" or "xfs" or "btrfs", "They are synced together on ext4, XFS and Btrfs.");
        var maildrop = dovecot.Server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var number = 1; number <= Messages; number++)
            mail.Put($"mail{number}", SampleMail.Make(number));
        place.AddMailbox("office", dovecot.Server, maildrop);

        var calls = await RecordAsync(place, "-e", "inject=link:delay_enter=40000");

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        var links = calls.Where(call => IsLinkOfMessage(call) && call.Succeeded).ToList();
        Assert.Equal(Messages, links.Count);
        foreach (var link in links)
        {
            var temporary = link.Quoted(0);
            var written = calls.Last(call => call.Is("write", "pwrite64") && call.IsOn(temporary));
            Assert.True(
                Syncs(calls, temporary).Concat(calls.Where(call => call.Is("syncfs") && call.Succeeded))
                    .Any(sync => sync.Begun > written.Ended && sync.Ended < link.Begun),
                $"{link.Text} came before its octets were synced.");
        }
        var dele = calls.First(call => call.Is("sendto", "sendmsg", "write") && call.Says("\"DELE "));
        var folder = Path.GetDirectoryName(links[^1].Quoted(1))!;
        Assert.Contains(Syncs(calls, folder), sync => sync.Begun > links[^1].Ended && sync.Ended < dele.Begun);
        Assert.True(calls.Count(call => call.Is("syncfs") && call.Succeeded) is > 0 and < Messages / 2, "They were not synced together.");
    }

    /// <summary>Whoever linked the name may have died before the folder was synced: "it exists" is no proof that it will exist tomorrow.</summary>
    [Fact]
    public async Task A_name_that_is_there_already_counts_only_once_its_folder_is_synced()
    {
        using var place = new Workplace();
        var (maildrop, mail) = Deliver(place, new JsonObject { ["delete"] = false });
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        foreach (var file in Directory.GetFiles(place.Folder, Path.GetFileName(place.LedgerFile) + "*"))
            File.Delete(file);
        place.AddMailbox("office", dovecot.Server, maildrop);

        var calls = await RecordAsync(place);

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        var link = calls.Single(IsLinkOfMessage);
        Assert.True(link.Says("EEXIST"), $"The blob was not there: {link.Text}");
        AssertNameThenLedgerThenDele(place, calls, link);
    }

    static void AssertNameThenLedgerThenDele(Workplace place, IReadOnlyList<SystemCall> calls, SystemCall link)
    {
        var dele = calls.First(call => call.Is("sendto", "sendmsg", "write") && call.Says("\"DELE "));
        // The row "stored", then the row "deleting": each commit syncs the log.
        var commits = Syncs(calls, place.LedgerFile + "-wal").Where(sync => sync.Begun > link.Begun && sync.Ended < dele.Begun).ToList();
        Assert.True(commits.Count >= 2, $"The ledger was synced {commits.Count} times between link and DELE: a row was not durable.");
        var folder = Path.GetDirectoryName(link.Quoted(1))!;
        Assert.True(Syncs(calls, folder).Any(sync => sync.Begun > link.Ended && sync.Ended < commits[0].Begun),
            $"The ledger said \"stored\" before {folder} was synced.");
    }

    static IEnumerable<SystemCall> Syncs(IEnumerable<SystemCall> calls, string path) =>
        calls.Where(call => call.Is("fsync", "fdatasync") && call.IsOn(path) && call.Succeeded);

    static bool IsLinkOfMessage(SystemCall call) => call.Is("link", "linkat") && call.Quoted(1).EndsWith(".eml", StringComparison.Ordinal);

    static async Task<IReadOnlyList<SystemCall>> RecordAsync(Workplace place, params string[] more)
    {
        var trace = Path.Combine(place.Folder, "trace");
        var under = Strace.Record("link,linkat,fsync,fdatasync,syncfs,write,pwrite64,sendto,sendmsg", trace);
        (await place.RunAsync(["once"], Stop, [.. under, .. more])).Ended(ExitCode.Done);
        return SystemCall.ReadAll(trace);
    }

    (DovecotMaildrop, Consignment) Deliver(Workplace place, JsonObject? changes = null)
    {
        var maildrop = dovecot.Server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("mail", SampleMail.Make(1));
        place.AddMailbox("office", dovecot.Server, maildrop, changes: changes);
        return (maildrop, mail);
    }
}
