using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary><c>audit</c>: what it finds, and that it touches nothing.</summary>
public sealed class AuditTests(SharedAzurite azurite, SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static string BlobFile(Office office) =>
        Directory.EnumerateFiles(((BlobFolder)office.Place.Blobs).Folder, "*.eml", SearchOption.AllDirectories).First();

    static async Task<Office> PolledAsync(int messages)
    {
        var office = new Office();
        for (var i = 0; i < messages; i++)
            office.Deliver();
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        await office.RestartServerAsync(FaultScript.None);
        return office;
    }

    [Fact]
    public async Task Where_all_is_well_it_says_so_and_new_mail_is_pending()
    {
        await using var office = await PolledAsync(3);
        (await office.RunAsync("audit", "--verify")).Ended(ExitCode.Done)
            .Said("office", "lost 0, twice 0, orphan 0, pending 0", "3 in the ledger, 3 blobs");
        office.Deliver();
        (await office.RunAsync("audit")).Ended(ExitCode.Done).Said("lost 0, twice 0, orphan 0, pending 1", "1 listed")
            .Said("pending", "the next poll fetches it");
        office.AssertUntouched();
        Assert.Equal(2, office.Server.Events.SignIns.Count);
    }

    [Fact]
    public async Task A_blob_that_is_gone_is_lost()
    {
        await using var office = await PolledAsync(2);
        File.Delete(BlobFile(office));
        (await office.RunAsync("audit", "--mailbox", "office")).Ended(ExitCode.Found).Said("lost 1, twice 0, orphan 0")
            .Said("lost:", "is missing", "a DELE was sent");
    }

    [Fact]
    public async Task A_blob_whose_octets_have_rotten_is_found_when_they_are_read()
    {
        await using var office = await PolledAsync(2);
        var octets = await File.ReadAllBytesAsync(BlobFile(office), Stop);
        octets[^3] ^= 1;
        await File.WriteAllBytesAsync(BlobFile(office), octets, Stop);
        (await office.RunAsync("audit")).Ended(ExitCode.Done);
        (await office.RunAsync("audit", "--verify")).Ended(ExitCode.Found).Said("lost 1").Said("lost:", "other content");
        await File.WriteAllBytesAsync(BlobFile(office), octets[..^1], Stop);
        (await office.RunAsync("audit")).Ended(ExitCode.Found).Said("lost:", "octets where");
    }

    [Fact]
    public async Task A_blob_that_nobody_knows_is_an_orphan_and_a_copy_is_possibly_twice()
    {
        await using var office = await PolledAsync(1);
        var (orphan, copy) = (Beside("0123.eml"), Beside("4567.eml"));
        await File.WriteAllTextAsync(orphan, "Subject: who wrote this?\r\n\r\n", Stop);
        File.Copy(BlobFile(office), copy);
        foreach (var file in (string[])[orphan, copy])
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));

        (await office.RunAsync("audit")).Ended(ExitCode.Found).Said("lost 0, twice 1, orphan 1").Said("orphan:", "0123.eml")
            .Said("twice:", "possibly");
        foreach (var file in (string[])[orphan, copy])
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-91));
        (await office.RunAsync("audit")).Ended(ExitCode.Done).Said("lost 0, twice 0, orphan 0", "3 blobs")
            .Said("2 blobs are older than the 90 days");

        string Beside(string name) => Path.Combine(Path.GetDirectoryName(BlobFile(office))!, name);
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_leaves_ledger_against_blobs()
    {
        await using var office = await PolledAsync(1);
        await File.WriteAllTextAsync(office.Place.PasswordFile("office"), "not-the-password-at-all\n", Stop);
        (await office.RunAsync("audit")).Ended(ExitCode.SignInRefused).Said("lost 0", "pending unknown").Said("the server was not asked");
        Assert.Single(office.Server.Events.Commands("AUTH").Concat(office.Server.Events.Commands("PASS")));
        File.Delete(BlobFile(office));
        (await office.RunAsync("audit")).Ended(ExitCode.Found).Said("lost 1");
    }

    [Fact]
    public async Task Before_the_first_poll_there_is_nothing_to_audit_and_no_ledger_is_made()
    {
        await using var office = new Office();
        (await office.RunAsync("audit")).Ended(ExitCode.ConfigurationInvalid).Said("nothing to audit");
        Assert.False(File.Exists(office.Place.LedgerFile));
        Assert.Empty(office.Server.Events.SignIns);
    }

    [Fact, Trait("Needs", "Azurite")]
    public async Task In_a_container_too()
    {
        var container = await azurite.Server.NewContainerAsync(Stop);
        await using var office = new Office(blobs: new BlobContainer(azurite.Server.ConnectionString, container));
        office.Deliver();
        office.Deliver();
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        (await office.RunAsync("audit", "--verify")).Ended(ExitCode.Done).Said("lost 0, twice 0, orphan 0", "2 blobs");
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: Stop))
        {
            await container.DeleteBlobAsync(blob.Name, cancellationToken: Stop);
            break;
        }
        (await office.RunAsync("audit")).Ended(ExitCode.Found).Said("lost 1, twice 0, orphan 0", "1 blobs");
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task On_Dovecot_it_leaves_everything_as_it_was()
    {
        var maildrop = dovecot.Server.NewMaildrop();
        using var place = new Workplace();
        place.AddMailbox("office", dovecot.Server, maildrop);
        maildrop.Put("first", SampleMail.Make(1));
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        maildrop.Put("second", SampleMail.Make(2));

        (await place.RunAsync(["audit", "--verify"], Stop)).Ended(ExitCode.Done).Said("lost 0, twice 0, orphan 0, pending 1");
        (await place.RunAsync(["once", "--dry-run"], Stop)).Ended(ExitCode.Done).Said("would fetch 1");

        Assert.Equal(["second"], maildrop.Left);
        Assert.Single(await place.Blobs.ReadAsync(Stop));
    }
}
