using System.Text;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>Unique-ids that a sender wrote: Dovecot with pop3_reuse_xuidl hands them on unchecked.</summary>
public sealed class HostileUniqueIdTests
{
    static readonly string[] UniqueIds =
    [
        "../../../../etc/cron.d/x", "/absolute", "has space inside", new('u', 200), "twice", "twice", "", "caf\xe9\xff",
        "a'; DROP TABLE messages; --", "plain-1",
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Unique_ids_written_by_a_sender_make_safe_names_and_lose_nothing()
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        await using var server = await DovecotServer.StartAsync(new DovecotOptions { ReuseXuidl = true }, Stop);
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var i = 0; i < UniqueIds.Length; i++)
            mail.Put($"xuidl{i}", [.. Encoding.Latin1.GetBytes($"X-UIDL: {UniqueIds[i]}\n"), .. SampleMail.Make(i)]);
        using var place = new Workplace();
        place.AddMailbox("hostile", server, maildrop);

        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);

        var blobs = await place.Blobs.ReadAsync(Stop);
        mail.AssertDelivered(blobs);
        Assert.All(blobs, blob => Assert.Matches("^hostile/([0-9]{4}/[0-9]{2}/[0-9]{2}|undated)/[0-9a-f]{32}[.]eml$", blob.Name));
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        Assert.Equal(blobs, await place.Blobs.ReadAsync(Stop));
    }
}
