using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>Disks that really have no room: nothing is lost, and the rest is stored once there is room again.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "root")]
public sealed class FullDiskTests(SharedDovecot dovecot)
{
    const int Messages = 6;
    const int Octets = 400_000;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_said_and_what_did_not_fit_stays_on_the_server()
    {
        using var place = new Workplace();
        using var disk = Mount.At(BlobsOf(place), "-t", "tmpfs", "-o", "size=8m", "tmpfs");
        var filler = Path.Combine(disk.Folder, "filler");
        disk.FillBut(filler, 1_000_000);
        var (maildrop, mail) = Deliver(place);

        (await place.OnceAsync(Stop)).Failed().Said(disk.Folder);
        mail.AssertPromise(await place.Blobs.ReadAsync(Stop));
        Assert.NotEmpty(maildrop.Left);

        File.Delete(filler);
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
    }

    /// <summary>
    /// The file system takes every write, but its disk has no room for them: only fsync can tell. This is what a
    /// thin-provisioned volume does when its pool is exhausted.
    /// </summary>
    [Fact]
    public async Task A_disk_that_fails_only_when_synced_is_noticed_and_nothing_is_deleted()
    {
        using var place = new Workplace();
        using var pool = Mount.At(Path.Combine(place.Folder, "pool"), "-t", "tmpfs", "-o", "size=64m", "tmpfs");
        var image = Path.Combine(pool.Folder, "disk.img");
        using (var file = File.Create(image))
            file.SetLength(256 << 20);
        // ext2: without a journal, whose own failure would stop the file system before fsync is asked.
        var (code, error) = Programs.Run("mkfs.ext2", "-q", "-F", "-O", "^resize_inode", image);
        Assert.SkipUnless(code == 0, $"mkfs.ext2 does not work: {error}");
        using var disk = Mount.At(BlobsOf(place), "-o", "loop", image);
        var (_, mail) = Deliver(place);
        var filler = Path.Combine(pool.Folder, "filler");
        pool.FillBut(filler, Octets / 2); // enough for the worker's trial of the folder, too little for any message

        (await place.OnceAsync(Stop)).Failed().Said("office", disk.Folder);

        mail.AssertUntouched();
    }

    (DovecotMaildrop, Consignment) Deliver(Workplace place)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var number = 1; number <= Messages; number++)
            mail.Put($"mail{number}", SampleMail.Make(number, Octets));
        place.AddMailbox("office", server, maildrop);
        return (maildrop, mail);
    }

    static string BlobsOf(Workplace place) => ((BlobFolder)place.Blobs).Folder;
}
