using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// When the operating system says no and goes on saying it: nothing is deleted, the exit code says so, and a later run finishes the work.
/// (<see cref="ErrnoSweepTests"/> lets each single call fail once.)
/// </summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "gcc")]
public sealed class FailingSystemCallTests(SharedDovecot dovecot)
{
    const int NotPermitted = 1;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The trial of the blob folder notices first; FullDiskTests has a disk that fails only when the messages come.
    [Fact]
    public Task Nothing_is_deleted_when_every_fsync_fails() => FailsAsync([Each("fsync", "*", (int)Errno.EIO)], "fsync");

    [Fact]
    public Task Nothing_is_deleted_when_a_folder_cannot_be_synced() =>
        FailsAsync([Each("fsync", $"blobs/office/{SampleMail.Day}", (int)Errno.EIO)], "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_files_cannot_be_linked() => FailsAsync([Each("link", "*", (int)Errno.EIO)], "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_hard_links_are_not_allowed() => FailsAsync([Each("link", "*", NotPermitted)], "blobs");

    [Fact]
    public Task Nothing_is_deleted_when_the_disk_of_the_ledger_is_full() =>
        FailsAsync([Each("pwrite", "ledger.db-wal", (int)Errno.ENOSPC), Each("write", "ledger.db-wal", (int)Errno.ENOSPC)], "ledger");

    [Fact]
    public Task Nothing_is_deleted_when_the_ledger_cannot_be_synced() =>
        FailsAsync([Each("fsync", "ledger.db-wal", (int)Errno.EIO), Each("fdatasync", "ledger.db-wal", (int)Errno.EIO)], "ledger");

    static Fault Each(string call, string on, int errno) => new($"fail={errno}", call, on, Occurrence: 0);

    async Task FailsAsync(Fault[] faults, params string[] said)
    {
        await using var host = new DovecotHost(dovecot.Server);
        using var ordeal = new Ordeal(host, new Workplace(), messages: 0);
        // Everything exists before the fault does: it must meet the message, not the set-up.
        (await ordeal.Place.OnceAsync(Stop)).Ended(ExitCode.Done);
        for (var number = 1; number <= 3; number++)
            ordeal.Mail.Put($"mail{number}", SampleMail.Make(number));

        (await ordeal.StrikeAsync(faults)).Failed().Said(said);

        ordeal.Mail.AssertUntouched();
        await ordeal.RecoverAsync();
    }
}
