using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>When the operating system says no: nothing is deleted, the exit code says so, and a later run finishes the work.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "strace")]
public sealed class FailingSystemCallTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The trial of the blob folder notices first; FullDiskTests has a disk that fails only when the messages come.
    [Fact]
    public Task Nothing_is_deleted_when_every_fsync_fails() =>
        FailsAsync(_ => Strace.Inject("fsync,fdatasync,sync_file_range,syncfs", "error=EIO"), "fsync");

    [Fact]
    public Task Nothing_is_deleted_when_a_folder_cannot_be_synced() =>
        FailsAsync(place => Strace.Inject("fsync,fdatasync", "error=EIO", DayFolder(place)), "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_files_cannot_be_linked() =>
        FailsAsync(_ => Strace.Inject("link,linkat", "error=EIO"), "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_hard_links_are_not_allowed() =>
        FailsAsync(_ => Strace.Inject("link,linkat", "error=EPERM"), "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_the_disk_of_the_ledger_is_full() =>
        FailsAsync(place => Strace.Inject("pwrite64,write,pwritev,writev", "error=ENOSPC", place.LedgerFile + "-wal"), "ledger");

    [Fact]
    public Task Nothing_is_deleted_when_the_ledger_cannot_be_synced() =>
        FailsAsync(place => Strace.Inject("fsync,fdatasync", "error=EIO", place.LedgerFile + "-wal"), "ledger");

    async Task FailsAsync(Func<Workplace, string[]> fault, params string[] said)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop);
        // Everything exists before the fault does: it must meet the message, not the set-up.
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        for (var number = 1; number <= 3; number++)
            mail.Put($"mail{number}", SampleMail.Make(number));

        (await place.RunAsync(["once"], Stop, under: fault(place))).Failed().Said(said);

        mail.AssertUntouched();
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
    }

    static string DayFolder(Workplace place) => Path.Combine(((BlobFolder)place.Blobs).Folder, "office", SampleMail.Day);
}
